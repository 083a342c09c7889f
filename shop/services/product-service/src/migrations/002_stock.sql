-- Stock: every piece is in exactly one place. The checks make an impossible count an error rather than a wrong number.
CREATE TABLE stock (
  product_id text PRIMARY KEY REFERENCES products (id),
  initial    integer NOT NULL CHECK (initial >= 0),
  available  integer NOT NULL CHECK (available >= 0),
  reserved   integer NOT NULL DEFAULT 0 CHECK (reserved >= 0),
  sold       integer NOT NULL DEFAULT 0 CHECK (sold >= 0),
  CONSTRAINT no_piece_lost CHECK (available + reserved + sold = initial)
);

-- One row per order, whatever became of it. A row in state `released` that never held anything is a tombstone:
-- it makes a reserve that arrives after its own release fail instead of holding stock for ever.
CREATE TABLE reservations (
  order_id   uuid PRIMARY KEY,
  state      text        NOT NULL CHECK (state IN ('reserved', 'released', 'sold')),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE reservation_items (
  order_id   uuid    NOT NULL REFERENCES reservations (order_id),
  product_id text    NOT NULL REFERENCES stock (product_id),
  quantity   integer NOT NULL CHECK (quantity > 0),
  PRIMARY KEY (order_id, product_id)
);
