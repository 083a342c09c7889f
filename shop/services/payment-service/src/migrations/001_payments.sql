-- What this service knows of cards and charges. A card number is never here, only what is left after tokenising it.
CREATE TABLE payment_methods (
  token             text PRIMARY KEY,
  user_id           text        NOT NULL,
  brand             text        NOT NULL,
  last4             text        NOT NULL CHECK (last4 ~ '^[0-9]{4}$'),
  -- Stands for the card in calls to the card network.
  network_reference text        NOT NULL,
  created_at        timestamptz NOT NULL DEFAULT now()
);

-- One row per order is what makes a second charge impossible. `voided` is a tombstone: the order was refunded before
-- anything had been charged, so a charge that arrives late is refused.
CREATE TABLE charges (
  order_id      uuid PRIMARY KEY,
  user_id       text        NOT NULL,
  payment_token text        REFERENCES payment_methods (token),
  amount_yen    integer     NOT NULL CHECK (amount_yen >= 0),
  state         text        NOT NULL CHECK (state IN ('pending', 'charged', 'declined', 'refunding', 'refunded', 'voided')),
  created_at    timestamptz NOT NULL DEFAULT now(),
  updated_at    timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE invoices (
  number     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  order_id   uuid        NOT NULL UNIQUE,
  user_id    text        NOT NULL,
  items      jsonb       NOT NULL,
  total_yen  integer     NOT NULL CHECK (total_yen >= 0),
  issued_at  timestamptz NOT NULL DEFAULT now()
);
