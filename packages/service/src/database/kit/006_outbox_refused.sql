-- What the relay found in the outbox and could not read as an event: out of the way of the others, kept for whoever can.
CREATE TABLE hikyaku.outbox_refused (
  id bigint PRIMARY KEY,
  event jsonb NOT NULL,
  reason text NOT NULL,
  refused_at timestamptz NOT NULL DEFAULT now()
);
