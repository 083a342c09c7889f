/** Events that are handled together, with every broker under the bus. What order.test.ts asks of them is asked there. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { defineEvent, onBatch, Type, type EventHandler, type Listener } from '../index.ts';
import { until } from '../testing/index.ts';
import { describeWithBrokers, startBusSystem, type BusService, type BusSystem, type StartBroker } from './brokers.fixture.ts';

describeWithBrokers('events handled in batches', batchSuite);

type Row = { readonly event: string; readonly transaction: string };

function batchSuite(startBroker: StartBroker): void {
  let system: BusSystem;
  beforeAll(async () => {
    system = await startBusSystem(startBroker);
  }, 90_000);
  afterAll(() => system.stop(), 30_000);

  /** Eight at a time. The first eight that a process gets are parked and so handled one by one; they are over when this resolves. */
  async function start(name: string, handler: EventHandler | Listener): Promise<BusService> {
    const service = await system.start(name, {
      subscription: { group: name, topics: [`${name}.*`], prefetch: 1, attempts: 1, batch: true },
      handler,
    });
    await service.database.query('CREATE TABLE handled (event text, transaction text)');
    await publish(
      service,
      name,
      Array.from({ length: 8 }, (_, n) => `early ${n}`),
    );
    await until('the first eight', async () => (await rows(service)).length === 8);
    await service.database.query('TRUNCATE handled');
    return service;
  }
  const publish = (service: BusService, name: string, subjects: readonly string[]) =>
    service.database.transaction(async (tx) => {
      for (const subject of subjects) await service.bus.publish(tx, { type: `${name}.event`, subject, data: {} });
    });
  const insert = 'INSERT INTO handled SELECT $1, pg_current_xact_id()::text';
  const rows = (service: BusService): Promise<Row[]> =>
    service.database.query('SELECT event, transaction FROM handled ORDER BY event', [], (row) => ({
      event: String(row.event),
      transaction: String(row.transaction),
    }));

  it('share a transaction, and each has its effect once', async () => {
    const service = await start('together', async ({ subject = '' }, tx) => {
      await tx.query(insert, [subject]);
    });
    const subjects = Array.from({ length: 16 }, (_, n) => `event ${String(n).padStart(2, '0')}`);
    await publish(service, 'together', subjects);
    const handled = await until('all of them', async () => {
      const all = await rows(service);
      return all.length >= subjects.length && all;
    });
    expect(handled.map(({ event }) => event)).toEqual(subjects);
    // How many arrive at once is the broker's business.
    expect(new Set(handled.map(({ transaction }) => transaction)).size).toBeLessThan(subjects.length);
  });

  it('may be handled by one statement, also what is tried again alone because one of them fails', async () => {
    const definition = defineEvent({ type: 'at-once.event', data: Type.Object({}), summary: 'Something happened.' });
    const insertAll = 'INSERT INTO handled SELECT unnest($1::text[]), pg_current_xact_id()::text';
    const listener = onBatch(definition, async (events, tx) => {
      const subjects = events.map(({ subject = '' }) => subject);
      await tx.query(insertAll, [subjects]);
      if (subjects.includes('bad')) throw new Error('poisoned');
    });
    const service = await start('at-once', listener);
    const subjects = Array.from({ length: 8 }, (_, n) => `event ${n}`);
    await publish(service, 'at-once', subjects);
    const handled = await until('all of them', async () => {
      const all = await rows(service);
      return all.length >= subjects.length && all;
    });
    expect(handled.map(({ event }) => event)).toEqual(subjects);
    expect(new Set(handled.map(({ transaction }) => transaction)).size).toBeLessThan(subjects.length);
    await publish(service, 'at-once', ['x', 'bad', 'y']);
    await until('the dead letter', async () => (await service.bus.deadLetters.list('at-once')).length === 1);
    await until('the others', async () => (await rows(service)).length === subjects.length + 2);
    expect((await rows(service)).map(({ event }) => event)).toEqual([...subjects, 'x', 'y']);
  });

  it('do not take others along when one of them fails', async () => {
    const service = await start('poisoned', async ({ subject = '' }, tx) => {
      await tx.query(insert, [subject]);
      if (subject === 'bad') throw new Error('poisoned');
    });
    await publish(service, 'poisoned', ['a', 'b', 'bad', 'c']);
    await until('the dead letter', async () => (await service.bus.deadLetters.list('poisoned')).length === 1);
    await until('the others', async () => (await rows(service)).length === 3);
    expect((await rows(service)).map(({ event }) => event)).toEqual(['a', 'b', 'c']);
    expect(await service.bus.deadLetters.list('poisoned')).toMatchObject([{ event: { subject: 'bad' }, reason: 'poisoned' }]);
  });
}
