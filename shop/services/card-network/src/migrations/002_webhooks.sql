-- A webhook that tells of a payment waiting for the buyer also tells where the buyer is asked.
ALTER TABLE webhooks ADD COLUMN authentication_id text;
