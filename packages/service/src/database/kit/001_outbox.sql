-- Events waiting to be handed to the broker. A row is deleted once the broker has it.
CREATE TABLE hikyaku.outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
