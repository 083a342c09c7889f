/** What every broker under the bus has to hold. */
import { fork } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { busChannelName, type BusPoint, type CloudEvent } from '../index.ts';
import { until } from '../testing/index.ts';
import {
  describeWithBrokers,
  startBusSystem,
  type BusService,
  type BusSystem,
  type Consumer,
  type StartBroker,
} from './brokers.fixture.ts';

describeWithBrokers('the event bus', busSuite);

function busSuite(startBroker: StartBroker): void {
  let system: BusSystem;
  let producer: BusService;
  beforeAll(async () => {
    system = await startBusSystem(startBroker);
    producer = await system.start('producer');
  }, 90_000);
  afterAll(() => system.stop(), 30_000);

  const publish = (service: BusService, type: string, data: unknown = {}) =>
    service.database.transaction((tx) => service.bus.publish(tx, { type, subject: 's', data }));
  const outboxSize = async (service: BusService) =>
    Number((await service.database.one('SELECT count(*) AS n FROM hikyaku.outbox'))?.n);

  it('brings an event to every group that wants it, once, and to no other', async () => {
    const seen: [string, CloudEvent][] = [];
    const note = (group: string, topics: string[]): Consumer => ({
      subscription: { group, topics },
      handler: (event) => Promise.resolve(void seen.push([group, event])),
    });
    const consumer = await system.start('consumer', note('all', ['#']), note('orders', ['order.*']), note('users', ['user.*']));
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
    await consumer.close();
  });

  it('tells on a diagnostics channel how far an event has come', async () => {
    const phases: string[] = [];
    let before = 0;
    const note = (point: unknown) => {
      const { phase, event } = point as BusPoint;
      if (event.type === 'told.event') phases.push(phase);
      if (event.type === 'told.before' && phase === 'handled') before++;
    };
    subscribe(busChannelName, note);
    const service = await system.start('told', {
      subscription: { group: 'told', topics: ['told.*'], prefetch: 1 },
      handler: () => Promise.resolve(),
    });
    // The first that a process gets are parked, and acknowledged before they are handled.
    for (let n = 0; n < 8; n++) await publish(service, 'told.before');
    await until('those before', () => before === 8);
    await publish(service, 'told.event');
    await until('both sides', () => phases.includes('published') && phases.includes('acknowledged'));
    unsubscribe(busChannelName, note);
    // A broker may deliver an event before its publisher hears that it has it.
    expect(phases.filter((phase) => phase !== 'published')).toEqual([
      'written',
      'committed',
      'handling',
      'handled',
      'acknowledged',
    ]);
    expect(phases.indexOf('published')).toBeGreaterThan(phases.indexOf('committed'));
  });

  it('relays in the order of writing, and sets aside what is no event', async () => {
    const seen: unknown[] = [];
    const service = await system.start('relayed', {
      subscription: { group: 'relayed', topics: ['relayed.*'], prefetch: 1 },
      handler: ({ data }) => Promise.resolve(void seen.push(data)),
    });
    await service.database.transaction(async (tx) => {
      for (let n = 0; n < 150; n++) {
        if (n === 30) await tx.query(`INSERT INTO hikyaku.outbox (event) VALUES ('{"no": "event"}')`);
        await service.bus.publish(tx, { type: 'relayed.event', subject: 's', data: n });
      }
    });
    await until('all of them', () => seen.length === 150);
    expect(seen).toEqual(Array.from({ length: 150 }, (_, n) => n));
    const refused = await service.database.query('SELECT event, reason FROM hikyaku.outbox_refused');
    expect(refused).toEqual([{ event: { no: 'event' }, reason: expect.stringContaining('specversion') as unknown }]);
    expect(await outboxSize(service)).toBe(0);
  });

  it('publishes nothing when the transaction fails', async () => {
    const failing = producer.database.transaction(async (tx) => {
      await producer.bus.publish(tx, { type: 'order.never', data: {} });
      throw new Error('rolled back');
    });
    await expect(failing).rejects.toThrow('rolled back');
    expect(await outboxSize(producer)).toBe(0);
  });

  it('repeats an event whose handler fails, keeps only what the last attempt wrote, and notices duplicates', async () => {
    let attempts = 0;
    const other = await system.start('other', {
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
    let isBroken = true;
    let handled = 0;
    const service = await system.start('dead', {
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
    await system.createDatabase('killed');
    const child = fork(fileURLToPath(new URL('consumer.fixture.ts', import.meta.url)), {
      env: { ...process.env, ...system.env('killed') },
      execArgv: [],
    });
    await once(child, 'message');
    const taken = once(child, 'message');
    await publish(producer, 'slow.event');
    await taken;
    const handled = Promise.withResolvers<CloudEvent>();
    await system.start('killed', {
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
      const seen = new Set<unknown>();
      const service = await system.start('crashed', {
        subscription: { group: 'crashed', topics: ['crash.*'] },
        handler: (event) => Promise.resolve(void seen.add(event.data)),
      });
      await until('a queue that stays', () => system.broker.hasSaved('crashed'));
      for (let n = 0; n < 60; n++) await publish(service, 'crash.event', n);
      await until('the first events', () => seen.size > 0);
      await system.broker.crash();
      const revived = system.broker.revive();
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
