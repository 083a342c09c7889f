-- What sagas remember of their steps: a saga that is run again goes on behind them. One row per step that is over, written once, by whoever is first.
CREATE TABLE hikyaku.saga_journal (
  saga_name text NOT NULL,
  saga_id text NOT NULL,
  step text NOT NULL,
  part text NOT NULL CHECK (part IN ('run', 'compensate')),
  outcome jsonb NOT NULL,
  -- Of the last attempt.
  started_at timestamptz NOT NULL,
  completed_at timestamptz NOT NULL,
  PRIMARY KEY (saga_name, saga_id, step, part)
);

-- Attempts that did not succeed. A step that waits has one row for all the times it was asked.
CREATE TABLE hikyaku.saga_attempts (
  saga_name text NOT NULL,
  saga_id text NOT NULL,
  step text NOT NULL,
  part text NOT NULL CHECK (part IN ('run', 'compensate')),
  number integer NOT NULL,
  is_waiting boolean NOT NULL DEFAULT false,
  code text NOT NULL,
  message text NOT NULL,
  started_at timestamptz NOT NULL,
  ended_at timestamptz NOT NULL,
  PRIMARY KEY (saga_name, saga_id, step, part, number)
);

-- From here on hikyaku.sagas has only the sagas that did not just go well: taken back, or stuck at some time.
ALTER TABLE hikyaku.sagas ADD COLUMN error text,
  ADD COLUMN stuck_step text,
  ADD COLUMN stuck_part text,
  ADD COLUMN resumed integer NOT NULL DEFAULT 0;
CREATE INDEX sagas_by_state ON hikyaku.sagas (state, started_at DESC);

-- A saga that is under way begins again with its first step, which bears being repeated; of the others the times are kept.
DELETE FROM hikyaku.sagas WHERE completed_at IS NULL;
INSERT INTO hikyaku.saga_journal (saga_name, saga_id, step, part, outcome, started_at, completed_at)
  SELECT t.saga_name, t.saga_id, t.step, 'run', '{"ok": true, "result": null}', t.started_at, t.completed_at
    FROM hikyaku.saga_steps t JOIN hikyaku.sagas s ON s.name = t.saga_name AND s.id = t.saga_id
   WHERE t.state = 'done' AND t.started_at IS NOT NULL AND t.completed_at IS NOT NULL;
DROP TABLE hikyaku.saga_steps;
