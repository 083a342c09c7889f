/** What a service forgets of its sagas, and what not, on a real PostgreSQL. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../testing/index.ts';
import { forgetEnded } from './forget.ts';
import { startSagaService, type SagaService } from './saga-service.fixture.ts';
import { defineSaga, SagaAbort } from './saga.ts';
import type { SagaRunner, SagaState } from './status.ts';

type Input = { readonly ends: 'well' | 'back' | 'stuck' };
const dayMs = 24 * 60 * 60 * 1000;

let trips: SagaService<Input>;
let service: SagaService<Input>['service'];
let runner: SagaRunner<Input>;
let isMended = false;

const saga = defineSaga<Input, object>({
  name: 'trip',
  version: '1',
  steps: [
    {
      name: 'book',
      run: ({ input }) => (input.ends === 'back' ? Promise.reject(new SagaAbort('full')) : Promise.resolve()),
      compensate: () => Promise.resolve(),
    },
    { name: 'go', pivot: true, run: () => Promise.resolve() },
    {
      name: 'tell',
      run: ({ input }) => (input.ends === 'stuck' && !isMended ? Promise.reject(new SagaAbort('nobody')) : Promise.resolve()),
    },
  ],
});

beforeAll(async () => {
  trips = await startSagaService(saga);
  ({ service, runner } = trips);
}, 30_000);
afterAll(() => trips.stop());

async function ended(ends: Input['ends'], state: SagaState): Promise<string> {
  const id = randomUUID();
  await runner.start(id, { ends });
  await inState(id, state);
  return id;
}
const inState = (id: string, state: SagaState) =>
  until(`${id} to be ${state}`, async () => (await runner.status(id))?.state === state);

/** As if the saga had begun, and ended, so long ago. */
async function age(id: string, days: number): Promise<void> {
  const ms = days * dayMs;
  // The engine notes the end a moment after the saga has come to it.
  await until(`${id} to be over for the engine`, async () => {
    const aged = await service.database.query(
      `UPDATE dbos.workflow_status SET created_at = created_at - $2::bigint, completed_at = completed_at - $2::bigint
        WHERE workflow_uuid LIKE $1 AND completed_at IS NOT NULL RETURNING 1`,
      [`trip:${id}%`, ms],
    );
    return aged.length > 0;
  });
  await service.database.query(`UPDATE hikyaku.sagas SET completed_at = completed_at - make_interval(days => $2) WHERE id = $1`, [
    id,
    days,
  ]);
}

async function rowsOf(id: string): Promise<number> {
  const row = await service.database.one(
    `SELECT (SELECT count(*) FROM dbos.workflow_status WHERE workflow_uuid LIKE $2) + (SELECT count(*) FROM hikyaku.sagas WHERE id = $1)
          + (SELECT count(*) FROM hikyaku.saga_journal WHERE saga_id = $1)
          + (SELECT count(*) FROM hikyaku.saga_attempts WHERE saga_id = $1) AS rows`,
    [id, `trip:${id}%`],
  );
  return Number(row?.rows);
}

it('forgets what ended long ago, with all that is noted of it, and keeps what is younger or stuck', async () => {
  const mended = await ended('stuck', 'stuck');
  isMended = true;
  await runner.retry(mended);
  await inState(mended, 'completed');
  isMended = false;
  const old = [await ended('well', 'completed'), await ended('back', 'compensated'), mended];
  const young = await ended('well', 'completed');
  const stuck = await ended('stuck', 'stuck');
  for (const id of [...old, stuck]) await age(id, 31);
  await age(young, 29);

  await forgetEnded(service.database, ['trip@1'], new Date(Date.now() - 30 * dayMs));
  for (const id of old) {
    expect(await runner.status(id)).toBeUndefined();
    expect(await rowsOf(id)).toBe(0);
  }
  expect(await runner.status(young)).toMatchObject({ state: 'completed' });
  expect(await runner.status(stuck)).toMatchObject({ state: 'stuck' });
});
