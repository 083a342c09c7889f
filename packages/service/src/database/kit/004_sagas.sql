-- How far each saga has come, for people who ask. The engine's own tables (schema dbos) decide what runs next.
CREATE TABLE hikyaku.sagas (
  name text NOT NULL,
  id text NOT NULL,
  state text NOT NULL,
  reason text,
  started_at timestamptz NOT NULL DEFAULT now(),
  completed_at timestamptz,
  PRIMARY KEY (name, id)
);
CREATE TABLE hikyaku.saga_steps (
  saga_name text NOT NULL,
  saga_id text NOT NULL,
  step text NOT NULL,
  state text NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  started_at timestamptz,
  completed_at timestamptz,
  error text,
  PRIMARY KEY (saga_name, saga_id, step)
);
