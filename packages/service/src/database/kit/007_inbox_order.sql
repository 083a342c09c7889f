-- Events that wait for another attempt, and those of the same subject that came after them. `id` is the order they came in, and are handled in.
CREATE TABLE hikyaku.inbox_parked (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  consumer text NOT NULL,
  source text NOT NULL,
  event_id text NOT NULL,
  -- What order is kept within: the event's subject, or the event alone where it has none.
  lane text NOT NULL,
  -- Not jsonb, which refuses some of what JSON may hold.
  event json NOT NULL,
  -- Written before the handler runs, so that one that ends its process is counted, too.
  attempts integer NOT NULL,
  next_attempt_at timestamptz NOT NULL,
  error text,
  UNIQUE (consumer, source, event_id)
);
CREATE INDEX inbox_parked_by_lane ON hikyaku.inbox_parked (consumer, source, lane, id);
CREATE INDEX inbox_parked_by_time ON hikyaku.inbox_parked (consumer, next_attempt_at);

-- Events that were given up.
CREATE TABLE hikyaku.dead_letters (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  consumer text NOT NULL,
  source text NOT NULL,
  event_id text NOT NULL,
  lane text NOT NULL,
  event json NOT NULL,
  attempts integer NOT NULL,
  reason text NOT NULL,
  failed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX dead_letters_by_consumer ON hikyaku.dead_letters (consumer, id);
