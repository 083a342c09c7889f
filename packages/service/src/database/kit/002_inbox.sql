-- Events a consumer group has handled, so that a second delivery has no second effect.
CREATE TABLE hikyaku.inbox (
  consumer text NOT NULL,
  source text NOT NULL,
  event_id text NOT NULL,
  handled_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (consumer, source, event_id)
);
