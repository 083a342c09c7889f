-- One row per customer. The lines are one document, because they are always read and written together, under the row's lock:
-- [{"productId": "matcha-uji", "quantity": 2}, …], in the order they were put in.
CREATE TABLE carts (
  user_id    text PRIMARY KEY,
  lines      jsonb       NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(lines) = 'array'),
  updated_at timestamptz NOT NULL DEFAULT now()
);

-- The orders whose pieces have been taken out of the cart. Both the event and the checkout saga ask for it; the row makes it happen once.
CREATE TABLE bought_orders (
  order_id   uuid PRIMARY KEY,
  user_id    text        NOT NULL,
  cleared_at timestamptz NOT NULL DEFAULT now()
);
