-- The network's books. A card is known by a reference and by how it behaves; its number is never written down.
CREATE TABLE cards (
  reference  text PRIMARY KEY,
  last4      text        NOT NULL CHECK (last4 ~ '^[0-9]{4}$'),
  -- What an authorisation of this card becomes, why when it is a refusal, and how the answer comes.
  outcome    text        NOT NULL CHECK (outcome IN ('authorized', 'declined', 'requires_action')),
  reason     text,
  answers    text        NOT NULL CHECK (answers IN ('promptly', 'late', 'not-at-first')),
  created_at timestamptz NOT NULL DEFAULT now()
);

-- The merchant's key names the payment, which is the network's promise: one key, at most one booking. A payment that was voided
-- before it was asked for has no card: it refuses what comes late.
CREATE TABLE payments (
  key               text PRIMARY KEY,
  id                text        NOT NULL UNIQUE,
  card              text        REFERENCES cards (reference),
  amount_yen        integer     NOT NULL CHECK (amount_yen >= 0),
  state             text        NOT NULL CHECK (state IN ('requires_action', 'authorized', 'declined', 'captured', 'voided', 'refunded')),
  reason            text,
  -- Names the page on which the buyer is asked for consent. Nobody else can guess it.
  authentication_id text        UNIQUE,
  return_url        text,
  created_at        timestamptz NOT NULL DEFAULT now(),
  updated_at        timestamptz NOT NULL DEFAULT now()
);

-- Webhooks that have not been acknowledged. `copy` tells deliveries of one event apart: it may be sent more than once on purpose.
CREATE TABLE webhooks (
  id          text        NOT NULL,
  copy        integer     NOT NULL,
  type        text        NOT NULL,
  key         text        NOT NULL,
  payment_id  text        NOT NULL,
  amount_yen  integer     NOT NULL,
  state       text        NOT NULL,
  reason      text,
  occurred_at timestamptz NOT NULL,
  due_at      timestamptz NOT NULL,
  attempts    integer     NOT NULL DEFAULT 0,
  PRIMARY KEY (id, copy)
);
CREATE INDEX webhooks_due ON webhooks (due_at);
