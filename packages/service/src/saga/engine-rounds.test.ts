import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../testing/index.ts';
import { startSagaService, type SagaService } from './saga-service.fixture.ts';
import { defineSaga, step } from './saga.ts';

const count = 12;
let trips: SagaService<object>;
let gate: Promise<void>;
let ran: string[];

const saga = defineSaga<object, object>({
  name: 'trip',
  version: '2',
  steps: [
    step({
      name: 'one',
      run: async ({ sagaId }) => {
        ran.push(sagaId);
        await gate;
      },
    }),
  ],
});

beforeAll(async () => {
  trips = await startSagaService(saga);
}, 30_000);
afterAll(() => trips.stop());
beforeEach(() => {
  gate = Promise.resolve();
  ran = [];
});

const newIds = () => Array.from({ length: count }, () => randomUUID());
const startAll = (ids: readonly string[]) => Promise.all(ids.map((id) => trips.runner.start(id, {})));
const workflows = (ids: readonly string[]) => ids.map((id) => `trip:${id}`);
const sql = (text: string, ...ids: readonly string[]) => trips.service.database.query(text, [workflows(ids)]);

const statusOf = async (ids: readonly string[]) =>
  (await sql('SELECT status FROM dbos.workflow_status WHERE workflow_uuid = ANY ($1)', ...ids)).map(({ status }) => status);
const ended = (ids: readonly string[]) =>
  until('all have ended', async () => (await statusOf(ids)).every((status) => status === 'SUCCESS'));
const transactionsOf = async (table: string, ids: readonly string[]) =>
  (await sql(`SELECT DISTINCT xmin FROM dbos.${table} WHERE workflow_uuid = ANY ($1)`, ...ids)).length;

describe('sagas that are started at the same time', () => {
  it('share transactions at their start and at their end', async () => {
    const ids = newIds();
    await startAll(ids);
    await ended(ids);
    expect(ran.toSorted()).toEqual(ids.toSorted());
    expect(await transactionsOf('workflow_input', ids)).toBeLessThan(count / 2);
    expect(await transactionsOf('workflow_output', ids)).toBeLessThan(count / 2);
  });

  it('are started although one of them was started as another workflow, which is left alone', async () => {
    const [known = '', ...others] = newIds();
    await startAll([known]);
    await ended([known]);
    await sql(`UPDATE dbos.workflow_status SET name = 'trip@1' WHERE workflow_uuid = ANY ($1)`, known);
    await startAll([known, ...others]);
    await ended(others);
    expect(ran.toSorted()).toEqual([known, ...others].toSorted());
  });

  it('end although one of them was taken over by another process, which has its outcome', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    gate = promise.then();
    const [taken = '', ...others] = newIds();
    await startAll([taken, ...others]);
    await until('all run', () => Promise.resolve(ran.length === count));
    await sql(`UPDATE dbos.workflow_status SET owner_xid = 'another' WHERE workflow_uuid = ANY ($1)`, taken);
    resolve(undefined);
    await ended(others);
    expect(await statusOf([taken])).toEqual(['PENDING']);
    // The run that it was taken from waits for what the other makes of it.
    await sql(`UPDATE dbos.workflow_status SET status = 'SUCCESS' WHERE workflow_uuid = ANY ($1)`, taken);
  });
});
