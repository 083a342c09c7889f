-- A reservation ends by itself unless its order is confirmed in time. `committed` is a reservation of a confirmed order: it waits for
-- the parcel, for as long as that takes. What was reserved before this migration gets a day.
ALTER TABLE reservations
  ADD COLUMN expires_at timestamptz NOT NULL DEFAULT now() + interval '1 day',
  DROP CONSTRAINT reservations_state_check,
  ADD CONSTRAINT reservations_state_check CHECK (state IN ('reserved', 'committed', 'released', 'expired', 'sold'));

ALTER TABLE reservations ALTER COLUMN expires_at DROP DEFAULT;

CREATE INDEX reservations_that_expire ON reservations (expires_at) WHERE state = 'reserved';
