-- What was taken out of the cart for the order, in the form of carts.lines: given back, and emptied, when the order is cancelled.
ALTER TABLE bought_orders ADD COLUMN taken jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(taken) = 'array');
