-- The books of the simulated card network. It is another company's system that happens to live in this database:
-- nothing but the simulator touches this schema, and nothing here joins with the service's own tables.
CREATE SCHEMA card_network;

CREATE TABLE card_network.cards (
  reference text PRIMARY KEY,
  behaviour text NOT NULL CHECK (behaviour IN ('approve', 'decline', 'lose-first-answer'))
);

-- The idempotency key is the network's promise: one key, at most one booking.
CREATE TABLE card_network.ledger (
  idempotency_key text PRIMARY KEY,
  reference       text,
  amount_yen      integer     NOT NULL,
  state           text        NOT NULL CHECK (state IN ('booked', 'declined', 'refunded', 'voided')),
  booked_at       timestamptz NOT NULL DEFAULT now()
);
