/** The order of events of one subject, whatever happens, with every broker under the bus. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EventRefused } from '../index.ts';
import { until } from '../testing/index.ts';
import { describeWithBrokers, startBusSystem, type BusService, type BusSystem, type StartBroker } from './brokers.fixture.ts';

describeWithBrokers('the order of events', orderSuite);

type Handled = { readonly subject: string; readonly n: number };

async function publish(service: BusService, type: string, events: readonly { subject: string; data: unknown }[]): Promise<void> {
  await service.database.transaction(async (tx) => {
    for (const event of events) await service.bus.publish(tx, { type, ...event });
  });
}

function bySubject(handled: readonly Handled[]): Record<string, number[]> {
  return Object.fromEntries(
    [...Map.groupBy(handled, ({ subject }) => subject)].map(([key, all]) => [key, all.map(({ n }) => n)]),
  );
}

function orderSuite(startBroker: StartBroker): void {
  let system: BusSystem;
  beforeAll(async () => {
    system = await startBusSystem(startBroker);
  }, 90_000);
  afterAll(() => system.stop(), 30_000);

  it('is kept when handlers fail now and then', { timeout: 120_000 }, async () => {
    const handled: Handled[] = [];
    let failures = new Map<string, number>();
    const service = await system.start('failing', {
      subscription: { group: 'failing', topics: ['failing.*'] },
      handler: async ({ id, subject = '', data }, tx) => {
        const left = failures.get(id) ?? (data as { failures: number }).failures;
        failures.set(id, left - 1);
        await tx.query('SELECT 1');
        if (left > 0) throw new Error('not now');
        handled.push({ subject, n: (data as { n: number }).n });
      },
    });
    const event = fc.record({ subject: fc.constantFrom('a', 'b', 'c', 'd'), failures: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 1) });
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 20, maxLength: 40 }), async (events) => {
        handled.length = 0;
        failures = new Map();
        const numbered = events.map(({ subject, failures: times }, n) => ({ subject, n, data: { n, failures: times } }));
        await publish(service, 'failing.event', numbered);
        await until('all of them', () => handled.length >= events.length, 60_000);
        expect(bySubject(handled)).toEqual(bySubject(numbered));
      }),
      { numRuns: 3, endOnFailure: true },
    );
  });

  it('delays only the subject of an event that cannot be handled, and goes on with it when that is given up', async () => {
    const handled: unknown[] = [];
    let isBroken = true;
    const service = await system.start('poisoned', {
      subscription: { group: 'poisoned', topics: ['poisoned.*'], attempts: 2 },
      handler: ({ data }) => {
        if (data === 'a1' && isBroken) return Promise.reject(new Error('poisoned'));
        return Promise.resolve(void handled.push(data));
      },
    });
    await publish(service, 'poisoned.event', [
      { subject: 'a', data: 'a1' },
      { subject: 'a', data: 'a2' },
      { subject: 'b', data: 'b1' },
    ]);
    await until('all but one', () => handled.length === 2);
    expect(handled).toEqual(['b1', 'a2']);
    await publish(service, 'poisoned.event', [{ subject: 'a', data: 'a3' }]);
    await until('the next', () => handled.length === 3);
    isBroken = false;
    expect(await service.bus.deadLetters.replay('poisoned')).toBe(1);
    await until('the replayed one', () => handled.length === 4);
    expect(handled).toEqual(['b1', 'a2', 'a3', 'a1']);
    expect(await service.bus.deadLetters.list('poisoned')).toEqual([]);
  });

  it('gives up at once what is refused', async () => {
    const service = await system.start('refusing', {
      subscription: { group: 'refusing', topics: ['refusing.*'] },
      handler: () => Promise.reject(new EventRefused('not this version')),
    });
    await publish(service, 'refusing.event', [{ subject: 'a', data: 1 }]);
    const letters = await until('the dead letter', async () => {
      const found = await service.bus.deadLetters.list('refusing');
      return found.length > 0 && found;
    });
    expect(letters).toMatchObject([{ reason: 'not this version', event: { subject: 'a' } }]);
    expect(await service.database.one('SELECT attempts FROM hikyaku.dead_letters')).toEqual({ attempts: 1 });
  });

  it.each([
    { how: 'one by one', name: 'ordered', batch: false },
    { how: 'in batches', name: 'batched', batch: true },
  ])(
    'is kept by several processes that handle events $how and are killed again and again',
    { timeout: 180_000 },
    async (given) => {
      const { name, batch } = given;
      const service = await system.start(name);
      await service.database.query('CREATE TABLE handled (id bigserial, subject text, n integer)');
      const count = 120;
      const events = Array.from({ length: count }, (_, n) => ({ subject: `s${n % 5}`, n, data: n }));
      const children = new Set<ChildProcess>();
      const launch = async (handledAtMost: number): Promise<ChildProcess> => {
        const child = fork(fileURLToPath(new URL('ordered.fixture.ts', import.meta.url)), {
          env: { ...process.env, ...system.env(name), NAME: name, BATCH: String(batch), HANDLED_AT_MOST: String(handledAtMost) },
          execArgv: [],
        });
        children.add(child);
        child.once('exit', () => children.delete(child));
        await Promise.race([once(child, 'message'), once(child, 'exit')]);
        return child;
      };
      try {
        await Promise.all([launch(7), launch(23)]);
        await until('a queue that stays', () => system.broker.hasSaved(name));
        for (let n = 0; n < count; n += 10) await publish(service, `${name}.event`, events.slice(n, n + 10));
        await publish(service, `${name}.event`, [
          { subject: 'bomb', data: 'bomb' },
          { subject: 'bomb', data: 1000 },
        ]);
        const limits = [11, 31, 1_000_000];
        const handled = await until(
          'all of them',
          async () => {
            while (children.size < 2) await launch(limits.shift() ?? 1_000_000);
            const rows = await service.database.query('SELECT subject, n FROM handled ORDER BY id', [], ({ subject, n }) => ({
              subject: String(subject),
              n: Number(n),
            }));
            return rows.length >= count + 1 && rows;
          },
          150_000,
        );
        expect(bySubject(handled)).toEqual(bySubject([...events, { subject: 'bomb', n: 1000 }]));
        expect(await service.bus.deadLetters.list(name)).toMatchObject([
          { event: { data: 'bomb' }, reason: 'its process ended while handling it; 4 attempts were made' },
        ]);
      } finally {
        for (const child of children) child.kill('SIGKILL');
      }
    },
  );
}
