/**
 * What every broker under the bus has to hold, run by each of them: PostgreSQL, and RabbitMQ where it is installed (`npm run
 * setup:real`); without it those tests say so, and fail in CI.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createService, Type, type CloudEvent, type EventHandler, type Service, type Subscription } from '../index.ts';
import { hasRabbitmq, startPostgres, startRabbitmq, until, type TestPostgres } from '../testing/index.ts';

const config = { DATABASE_URL: Type.String(), BROKER_URL: Type.String() };
type BusService = Service<typeof config>;
type Consumer = { readonly subscription: Subscription; readonly handler: EventHandler };

/** A broker that can be killed. */
interface RunningBroker {
  readonly url: string;
  /** Whether a group's queue has reached the disk. */
  hasSaved(group: string): Promise<boolean>;
  crash(): Promise<void>;
  revive(): Promise<void>;
  stop(): Promise<void>;
}

async function onPostgres(postgres: TestPostgres): Promise<RunningBroker> {
  await postgres.createDatabase('events');
  return {
    url: postgres.url('events'),
    hasSaved: () => Promise.resolve(true),
    crash: () => postgres.crash(),
    revive: () => postgres.revive(),
    stop: () => postgres.stop(),
  };
}

if (!hasRabbitmq && process.env.CI === undefined)
  process.stderr.write('RabbitMQ is missing: its tests are skipped; `npm run setup:real` installs it\n');

describe('the event bus on PostgreSQL', () => busSuite(onPostgres));
describe.runIf(hasRabbitmq || process.env.CI !== undefined)('the event bus on RabbitMQ', () => busSuite(startRabbitmq));

function busSuite(startBroker: (postgres: TestPostgres) => Promise<RunningBroker>): void {
  let postgres: TestPostgres;
  let broker: RunningBroker;
  const services: BusService[] = [];
  const env = (database: string) => ({
    HOST: '127.0.0.1',
    PORT: '0',
    LOG_LEVEL: 'silent',
    DRAIN_DELAY_MS: '0',
    DATABASE_URL: postgres.url(database),
    BROKER_URL: broker.url,
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
    broker = await startBroker(postgres);
    for (const name of ['producer', 'consumer', 'other']) await postgres.createDatabase(name);
  }, 90_000);
  afterAll(async () => {
    await Promise.all(services.map((service) => service.close()));
    await broker.stop();
    await postgres.stop();
  }, 30_000);

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
    // Neither broker waits for a time-out of minutes.
    expect(performance.now() - killedAt).toBeLessThan(15_000);
  });

  it(
    'loses nothing when the broker is killed between publishing and delivery, and brings what was published meanwhile',
    {
      timeout: 90_000,
    },
    async () => {
      await postgres.createDatabase('crashed');
      const seen = new Set<unknown>();
      const service = await start('crashed', {
        subscription: { group: 'crashed', topics: ['crash.*'] },
        handler: (event) => Promise.resolve(void seen.add(event.data)),
      });
      await until('a queue that stays', () => broker.hasSaved('crashed'));
      for (let n = 0; n < 60; n++) await publish(service, 'crash.event', n);
      await until('the first events', () => seen.size > 0);
      await broker.crash();
      const revived = broker.revive();
      for (let n = 60; n < 80; n++)
        await until(
          'an accepted event',
          () =>
            publish(service, 'crash.event', n).then(
              () => true,
              () => false,
            ),
          60_000,
        );
      await revived;
      await until('all events', () => seen.size === 80, 60_000);
      await until('an empty outbox', async () => (await outboxSize(service)) === 0);
    },
  );
}
