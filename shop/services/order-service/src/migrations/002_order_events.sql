-- An order becomes its events. What was known of the orders so far is written down as events, and `orders` becomes a table that is
-- made from them.
CREATE TABLE order_events (
  stream_id      uuid        NOT NULL,
  version        integer     NOT NULL CHECK (version > 0),
  type           text        NOT NULL,
  data           jsonb       NOT NULL,
  -- The clock, not the transaction's beginning: within a stream, time never runs backwards.
  time           timestamptz NOT NULL DEFAULT date_trunc('milliseconds', clock_timestamp()),
  transaction_id xid8        NOT NULL DEFAULT pg_current_xact_id(),
  PRIMARY KEY (stream_id, version)
);
-- The log of all orders, for rebuilding what is read of them.
CREATE INDEX ON order_events (transaction_id, stream_id, version);

CREATE TABLE order_snapshots (
  stream_id uuid    PRIMARY KEY,
  version   integer NOT NULL,
  shape     integer NOT NULL,
  state     jsonb   NOT NULL
);

INSERT INTO order_events (stream_id, version, type, data, time)
SELECT o.id, 1, 'OrderPlaced',
       jsonb_build_object(
         'userId', o.user_id,
         'totalYen', o.total_yen,
         'items', (SELECT coalesce(jsonb_agg(jsonb_build_object(
                            'productId', i.product_id,
                            'name', jsonb_build_object('ja', i.name_ja, 'en', i.name_en),
                            'unitPriceYen', i.unit_price_yen,
                            'quantity', i.quantity) ORDER BY i.line), '[]')
                     FROM order_items i WHERE i.order_id = o.id)),
       date_trunc('milliseconds', o.created_at)
  FROM orders o;

INSERT INTO order_events (stream_id, version, type, data, time)
SELECT id, 2,
       CASE status WHEN 'confirmed' THEN 'OrderConfirmed' ELSE 'OrderCancelled' END,
       CASE status WHEN 'confirmed' THEN '{}' ELSE jsonb_build_object('reason', reason) END,
       date_trunc('milliseconds', greatest(updated_at, created_at))
  FROM orders WHERE status <> 'pending';

-- Placed, but not yet with the saga engine. A row is written with its order; the sweeper finds those whose process died in between.
CREATE TABLE checkouts_to_start (
  order_id uuid        PRIMARY KEY,
  input    jsonb       NOT NULL,
  noted_at timestamptz NOT NULL DEFAULT now()
);

INSERT INTO checkouts_to_start (order_id, input, noted_at)
SELECT e.stream_id,
       jsonb_build_object(
         'userId', o.user_id, 'totalYen', o.total_yen, 'paymentToken', o.payment_token,
         'items', (SELECT jsonb_agg(jsonb_build_object('productId', i -> 'productId', 'quantity', i -> 'quantity'))
                     FROM jsonb_array_elements(e.data -> 'items') i)),
       o.created_at
  FROM orders o JOIN order_events e ON e.stream_id = o.id AND e.version = 1
 WHERE NOT o.saga_started;

DROP TABLE order_items, orders;

-- Made from the events; the names of constraints and indexes are PostgreSQL's own, so that a rebuilt table has the same.
CREATE TABLE orders (
  id                 uuid        PRIMARY KEY,
  version            integer     NOT NULL,
  user_id            text        NOT NULL,
  status             text        NOT NULL CHECK (status IN ('pending', 'confirmed', 'cancelled')),
  reason             text,
  items              jsonb       NOT NULL,
  total_yen          integer     NOT NULL,
  shipping_address   jsonb,
  payment_action_url text,
  tracking_number    text,
  shipped_at         timestamptz,
  created_at         timestamptz NOT NULL,
  CHECK ((status = 'cancelled') = (reason IS NOT NULL))
);
CREATE INDEX ON orders (user_id, created_at DESC);

INSERT INTO orders (id, version, user_id, status, reason, items, total_yen, created_at)
SELECT p.stream_id, coalesce(e.version, 1), p.data ->> 'userId',
       CASE e.type WHEN 'OrderConfirmed' THEN 'confirmed' WHEN 'OrderCancelled' THEN 'cancelled' ELSE 'pending' END,
       e.data ->> 'reason', p.data -> 'items', (p.data ->> 'totalYen')::integer, p.time
  FROM order_events p LEFT JOIN order_events e ON e.stream_id = p.stream_id AND e.version = 2
 WHERE p.version = 1;

-- The simulated carrier's own books; nobody else looks into them.
CREATE SCHEMA carrier;
CREATE TABLE carrier.shipments (
  order_id        uuid        PRIMARY KEY,
  tracking_number text        NOT NULL,
  booked_at       timestamptz NOT NULL DEFAULT now()
);
