-- Whether a capture was under way is not written down any more: a payment is `authorized` until it is known to be captured, and the provider tells
-- whoever asks. What waited for an answer is asked for again: a refund begins with letting go, which tells whether there is something to give back.
UPDATE payments SET state = CASE state WHEN 'capturing' THEN 'authorized' ELSE 'voiding' END WHERE state IN ('capturing', 'refunding');

ALTER TABLE payments DROP CONSTRAINT payments_state_check;
ALTER TABLE payments ADD CONSTRAINT payments_state_check CHECK (state IN (
  'authorizing', 'requires_action', 'authorized', 'declined', 'captured', 'voiding', 'voided', 'refunding', 'refunded'));
