/**
 * How outcomes get into the journal: those of all sagas of the process that are there to be written go as one statement, each with its own row. Who
 * remembers a step first decides its outcome; another one gets that outcome.
 */
import { Value } from 'typebox/value';
import { combine } from '../database/combine.ts';
import type { Database } from '../database/database.ts';
import { Outcome, type Remember, type Remembered } from './journal.ts';

/**
 * Rows are written in the order of their keys: two processes with the same sagas (one of them taken for dead) wait for each other rather than
 * deadlock. Of two with the same key only the first in place is told to be written.
 */
const insert = `
  WITH given AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[])
      WITH ORDINALITY AS g (saga_name, saga_id, step, part, outcome, started_at, completed_at, place)),
  written AS (
    INSERT INTO hikyaku.saga_journal (saga_name, saga_id, step, part, outcome, started_at, completed_at)
    SELECT saga_name, saga_id, step, part, outcome::jsonb, started_at, completed_at FROM given ORDER BY saga_name, saga_id, step, part, place
    ON CONFLICT DO NOTHING RETURNING saga_name, saga_id, step, part)
  SELECT min(place) AS place FROM given JOIN written USING (saga_name, saga_id, step, part) GROUP BY saga_name, saga_id, step, part`;

const selectOutcome =
  'SELECT outcome FROM hikyaku.saga_journal WHERE saga_name = $1 AND saga_id = $2 AND step = $3 AND part = $4';

/** One for the whole service. */
export function createRemembering(database: Database): Remember {
  const earlier = async ({ saga, id, task }: Remembered): Promise<Outcome> => {
    const row = await database.one(selectOutcome, [saga, id, task.step, task.part]);
    return Value.Parse(Outcome, row?.outcome);
  };
  return combine(async (all: readonly Remembered[]) => {
    const written = await database.query(
      insert,
      [
        all.map(({ saga }) => saga),
        all.map(({ id }) => id),
        all.map(({ task }) => task.step),
        all.map(({ task }) => task.part),
        all.map(({ outcome }) => JSON.stringify(outcome)),
        all.map(({ times }) => times.startedAt.toISOString()),
        all.map(({ times }) => times.endedAt.toISOString()),
      ],
      ({ place }) => Number(place),
    );
    const isWritten = new Set(written);
    return Promise.all(all.map((one, index) => (isWritten.has(index + 1) ? Promise.resolve(one.outcome) : earlier(one))));
  });
}
