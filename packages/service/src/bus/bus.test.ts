import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createService, Type, type CloudEvent, type EventHandler, type Service, type Subscription } from '../index.ts';
import { startPostgres, until, type TestPostgres } from '../testing/index.ts';

const config = { DATABASE_URL: Type.String(), BROKER_URL: Type.String() };
type BusService = Service<typeof config>;
type Consumer = { readonly subscription: Subscription; readonly handler: EventHandler };

let postgres: TestPostgres;
const services: BusService[] = [];
const env = (database: string) => ({
  HOST: '127.0.0.1',
  PORT: '0',
  LOG_LEVEL: 'silent',
  DRAIN_DELAY_MS: '0',
  DATABASE_URL: postgres.url(database),
  BROKER_URL: postgres.url('events'),
});

async function start(name: string, ...consumers: Consumer[]): Promise<BusService> {
  const service = await createService({ name, version: '0', config, env: env(name) });
  for (const { subscription, handler } of consumers) service.bus.subscribe(subscription, handler);
  services.push(service);
  await service.start();
  return service;
}
const publish = (service: BusService, type: string, data: unknown = {}) =>
  service.database.transaction((tx) => service.bus.publish(tx, { type, subject: 's', data }));
const outboxSize = async (service: BusService) =>
  Number((await service.database.one('SELECT count(*) AS n FROM hikyaku.outbox'))?.n);

beforeAll(async () => {
  postgres = await startPostgres();
  for (const name of ['events', 'producer', 'consumer', 'other']) await postgres.createDatabase(name);
});
afterAll(async () => {
  await Promise.all(services.map((service) => service.close()));
  await postgres.stop();
});

describe('the event bus on Postgres', () => {
  it('brings an event to every group that wants it, once, and to no other', async () => {
    const seen: [string, CloudEvent][] = [];
    const note = (group: string, topics: string[]): Consumer => ({
      subscription: { group, topics },
      handler: (event) => Promise.resolve(void seen.push([group, event])),
    });
    await start('consumer', note('all', ['#']), note('orders', ['order.*']), note('users', ['user.*']));
    const producer = await start('producer');
    await publish(producer, 'order.placed', { total: 1200 });
    await until('both groups', () => seen.length === 2);
    expect(seen.map(([group]) => group).sort()).toEqual(['all', 'orders']);
    expect(seen[0]?.[1]).toMatchObject({
      specversion: '1.0',
      source: '/producer',
      type: 'order.placed',
      subject: 's',
      data: { total: 1200 },
    });
    await until('an empty outbox', async () => (await outboxSize(producer)) === 0);
  });

  it('publishes nothing when the transaction fails', async () => {
    const [producer] = services.filter(({ name }) => name === 'producer');
    const failing = producer?.database.transaction(async (tx) => {
      await producer.bus.publish(tx, { type: 'order.never', data: {} });
      throw new Error('rolled back');
    });
    await expect(failing).rejects.toThrow('rolled back');
    expect(producer && (await outboxSize(producer))).toBe(0);
  });

  it('repeats an event whose handler fails, keeps only what the last attempt wrote, and notices duplicates', async () => {
    let attempts = 0;
    const other = await start('other', {
      subscription: { group: 'flaky', topics: ['flaky.*'] },
      handler: async (event, tx) => {
        attempts++;
        await tx.query('INSERT INTO handled VALUES ($1)', [event.id]);
        if (attempts === 1) throw new Error('not now');
      },
    });
    await other.database.query('CREATE TABLE handled (id text)');
    const twice = { id: 'same', type: 'flaky.event', data: {} };
    await other.database.transaction((tx) => other.bus.publish(tx, twice));
    await until('the second attempt', async () => (await other.database.query('SELECT * FROM handled')).length === 1);
    await other.database.transaction((tx) => other.bus.publish(tx, twice));
    await other.database.transaction((tx) => other.bus.publish(tx, { ...twice, id: 'last' }));
    await until('the last event', () => other.database.one(`SELECT 1 FROM handled WHERE id = 'last'`));
    expect(await other.database.query('SELECT id FROM handled', [], ({ id }) => id)).toEqual(['same', 'last']);
  });

  it('keeps an event that is given up, and replays it when asked', async () => {
    await postgres.createDatabase('dead');
    let isBroken = true;
    let handled = 0;
    const service = await start('dead', {
      subscription: { group: 'dead-group', topics: ['poison.*'], attempts: 1 },
      handler: () => {
        if (isBroken) return Promise.reject(new Error('cannot digest'));
        handled++;
        return Promise.resolve();
      },
    });
    await publish(service, 'poison.pill', { dose: 1 });
    const letters = await until('a dead letter', async () => {
      const found = await service.bus.deadLetters.list('dead-group');
      return found.length > 0 && found;
    });
    expect(letters[0]).toMatchObject({ reason: 'cannot digest', event: { type: 'poison.pill', data: { dose: 1 } } });
    isBroken = false;
    expect(await service.bus.deadLetters.replay('dead-group')).toBe(1);
    await until('the replayed event', () => handled === 1);
    expect(await service.bus.deadLetters.list('dead-group')).toEqual([]);
  });

  it('delivers at once to another process what a killed one was working on', async () => {
    await postgres.createDatabase('killed');
    const child = fork(fileURLToPath(new URL('consumer.fixture.ts', import.meta.url)), {
      env: { ...process.env, ...env('killed') },
      execArgv: [],
    });
    await once(child, 'message');
    const [producer] = services.filter(({ name }) => name === 'producer');
    if (!producer) throw new Error('the producer is missing');
    const taken = once(child, 'message');
    await publish(producer, 'slow.event');
    await taken;
    const handled = Promise.withResolvers<CloudEvent>();
    await start('killed', {
      subscription: { group: 'killed', topics: ['slow.*'] },
      handler: async (event) => Promise.resolve().then(() => handled.resolve(event)),
    });
    const killedAt = performance.now();
    child.kill('SIGKILL');
    expect((await handled.promise).type).toBe('slow.event');
    expect(performance.now() - killedAt).toBeLessThan(3000);
  });

  it('loses nothing when the database is killed between publishing and delivery', async () => {
    await postgres.createDatabase('crashed');
    const seen = new Set<unknown>();
    const service = await start('crashed', {
      subscription: { group: 'crashed', topics: ['crash.*'] },
      handler: (event) => Promise.resolve(void seen.add(event.data)),
    });
    for (let n = 0; n < 20; n++) await publish(service, 'crash.event', n);
    await postgres.crash();
    await postgres.revive();
    await until('all events', () => seen.size === 20);
  });
});
