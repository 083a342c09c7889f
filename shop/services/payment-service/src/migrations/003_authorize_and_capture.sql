-- A payment is authorised first and captured later, by a card network that is a service of its own. What was charged at once
-- before has been captured. `built-in` is the simulator that used to live in this database; it takes no orders any more, so what it
-- was asked and what came of it is settled here, once.
ALTER TABLE charges RENAME TO payments;
ALTER TABLE payments DROP CONSTRAINT charges_state_check;

ALTER TABLE payments
  ADD COLUMN reason      text,
  ADD COLUMN provider    text,
  ADD COLUMN provider_id text,
  ADD COLUMN action_url  text;

UPDATE payments
   SET provider = 'built-in',
       reason   = CASE WHEN payments.state = 'declined' OR ledger.state = 'declined' THEN 'card_declined' END,
       state    = CASE
                    WHEN payments.state = 'charged' THEN 'captured'
                    WHEN payments.state = 'pending' AND ledger.state = 'booked' THEN 'captured'
                    WHEN payments.state = 'pending' AND ledger.state = 'declined' THEN 'declined'
                    WHEN payments.state = 'pending' THEN 'voided'
                    WHEN payments.state = 'refunding' AND ledger.state IN ('booked', 'refunded') THEN 'refunded'
                    WHEN payments.state = 'refunding' THEN 'voided'
                    ELSE payments.state
                  END
  FROM payments AS before LEFT JOIN card_network.ledger ON idempotency_key = before.order_id::text
 WHERE before.order_id = payments.order_id;

ALTER TABLE payments ADD CONSTRAINT payments_state_check CHECK (state IN (
  'authorizing', 'requires_action', 'authorized', 'declined', 'capturing', 'captured', 'voiding', 'voided', 'refunding', 'refunded'));

DROP SCHEMA card_network CASCADE;
