import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startPostgres, until, type TestPostgres } from '../../testing/index.ts';
import type { Broker, Outgoing } from '../broker.ts';
import type { CloudEvent } from '../event.ts';
import { createPgBossBroker } from './broker.ts';

let postgres: TestPostgres;
let brokers: Broker[];

beforeAll(async () => {
  postgres = await startPostgres();
  const log = pino({ level: 'silent' });
  brokers = ['one', 'other'].map((name) => createPgBossBroker({ url: postgres.url('postgres'), applicationName: name, log }));
  for (const broker of brokers) await broker.start({ signal: new AbortController().signal, onWaiting: () => undefined });
}, 60_000);

afterAll(async () => {
  await Promise.all(brokers.map((broker) => broker.close()));
  await postgres.stop();
});

let sequence = 0;
const outgoing = (type: string, id: string = randomUUID()): Outgoing => ({
  sequence: ++sequence,
  event: { specversion: '1.0', id, source: '/test', type, time: '2026-01-01', datacontenttype: 'application/json', data: {} },
});

async function consume(broker: Broker | undefined, group: string, topics: string[]): Promise<string[]> {
  const seen: string[] = [];
  await broker?.consume({ group, topics }, (data) => {
    seen.push((data as CloudEvent).id);
    return Promise.resolve(data as CloudEvent);
  });
  return seen;
}

it('brings what is published to a group that has subscribed since the batch before, in order', async () => {
  const [one, other] = brokers;
  const early = await consume(other, 'early', ['a.*']);
  await one?.publish([outgoing('a.b', 'first')]);
  const late = await consume(other, 'late', ['#']);
  await one?.publish([outgoing('a.b', 'second'), outgoing('x', 'third')]);
  await until('both groups', () => early.length === 2 && late.length === 2);
  expect(early).toEqual(['first', 'second']);
  expect(late).toEqual(['second', 'third']);
});

it('is content when nobody wants an event', async () => {
  await expect(brokers[0]?.publish([outgoing('unwanted')])).resolves.toBeUndefined();
});
