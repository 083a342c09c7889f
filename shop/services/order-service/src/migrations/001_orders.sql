-- Orders and their lines, with the names and prices as they were when the order was placed.
CREATE TABLE orders (
  id            uuid PRIMARY KEY,
  user_id       text        NOT NULL,
  payment_token text        NOT NULL,
  status        text        NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'confirmed', 'cancelled')),
  reason        text,
  total_yen     integer     NOT NULL CHECK (total_yen > 0),
  -- The saga is started after the order is committed; the sweeper finds the orders whose process died in between.
  saga_started  boolean     NOT NULL DEFAULT false,
  created_at    timestamptz NOT NULL DEFAULT now(),
  updated_at    timestamptz NOT NULL DEFAULT now(),
  CHECK ((status = 'cancelled') = (reason IS NOT NULL))
);

CREATE INDEX orders_of_user ON orders (user_id, created_at DESC);
CREATE INDEX orders_without_saga ON orders (created_at) WHERE NOT saga_started;

CREATE TABLE order_items (
  order_id       uuid    NOT NULL REFERENCES orders (id),
  line           integer NOT NULL,
  product_id     text    NOT NULL,
  name_ja        text    NOT NULL,
  name_en        text    NOT NULL,
  unit_price_yen integer NOT NULL CHECK (unit_price_yen > 0),
  quantity       integer NOT NULL CHECK (quantity BETWEEN 1 AND 99),
  PRIMARY KEY (order_id, line)
);
