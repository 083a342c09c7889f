-- Projections that are being, or were, rebuilt. A row exists from the first rebuild on.
CREATE TABLE hikyaku.projections (
  name text PRIMARY KEY,
  state text NOT NULL CHECK (state IN ('rebuilding', 'live', 'failed')),
  -- How far the log was read into the shadow tables; written together with them.
  position text,
  events_done bigint NOT NULL DEFAULT 0,
  events_total bigint NOT NULL DEFAULT 0,
  -- Who rebuilds. Another one takes over when the lease has run out.
  runner text,
  lease_until timestamptz,
  requested_at timestamptz NOT NULL DEFAULT now(),
  completed_at timestamptz,
  error text
);
