/**
 * No card number stays anywhere: the services run as processes of their own with debug logs and printed spans, all test cards are used
 * in every way, requests fail in every way, and then the numbers are looked for in all of it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, startPostgres, type TestPostgres, until } from '@hikyaku/service/testing';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { repository } from './support/system.ts';

const cards = [
  '4242424242424242',
  '4000000000000002',
  '4000000000009995',
  '4000000000009987',
  '4000000000000069',
  '4000000000000127',
  '4000000000003220',
  '4000000000000119',
  '4000000000000259',
  '5555555555554444',
];
const noCard = '4242424242424241';

const services = ['user', 'product', 'cart', 'notification', 'payment', 'order'].map((name) => `${name}-service`);
const all = [...services, 'card-network'];

let postgres: TestPostgres;
let urls: Record<string, string>;
let grpc: string;
const processes = new Map<string, ChildProcess>();
/** Everything the processes wrote to stdout (logs) and stderr (spans). */
const written = { logs: '', spans: '' };

beforeAll(async () => {
  // Each look at an order is a connection.
  postgres = await startPostgres(150);
  for (const name of [...all, 'events']) await postgres.createDatabase(name.replace('-', '_'));
  const ports = await Promise.all(all.map(async (name) => [name, `http://127.0.0.1:${await freePort()}`] as const));
  urls = Object.fromEntries(ports);
  grpc = `127.0.0.1:${await freePort()}`;
  for (const name of all) start(name);
  for (const name of all) await until(`${name} to be ready`, () => isReady(urls[name] ?? ''), 60_000);
}, 120_000);

afterAll(async () => {
  for (const child of processes.values()) child.kill('SIGKILL');
  await postgres.stop();
});

const isReady = (url: string) =>
  fetch(`${url}/ready`).then(
    ({ ok }) => ok,
    () => false,
  );

function start(name: string): void {
  const preload = join(repository, 'packages/service/src/testing/print-spans.ts');
  const child = spawn(process.execPath, ['--import', preload, join(repository, `shop/services/${name}/src/main.ts`)], {
    env: { ...process.env, ...environment(name) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.on('data', (chunk: Buffer) => (written.logs += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (written.spans += chunk.toString()));
  processes.set(name, child);
}

function environment(name: string): Record<string, string> {
  const url = (service: string) => urls[service] ?? '';
  const addresses: [string, string][] = services.map((service) => [
    `${service.toUpperCase().replace('-', '_')}_URL`,
    url(service),
  ]);
  return {
    ...Object.fromEntries(addresses),
    DATABASE_URL: postgres.url(name.replace('-', '_')),
    BROKER_URL: postgres.url('events'),
    JWKS_URL: `${url('user-service')}/.well-known/jwks.json`,
    CARD_NETWORK_URL: url('card-network'),
    CARD_NETWORK_API_KEY: 'for-tests',
    CARD_NETWORK_WEBHOOK_SECRET: 'for-tests',
    API_KEY: 'for-tests',
    WEBHOOK_URL: `${url('payment-service')}/webhooks/card-network`,
    WEBHOOK_SECRET: 'for-tests',
    PRODUCT_SERVICE_GRPC: grpc,
    GRPC_PORT: grpc.split(':')[1] ?? '',
    HOST: '127.0.0.1',
    PORT: new URL(url(name)).port,
    LOG_LEVEL: 'debug',
    DRAIN_DELAY_MS: '0',
  };
}

async function call(
  service: string,
  path: string,
  { token = '', body, method = 'POST' }: { token?: string; body?: string; method?: string },
) {
  const headers = { 'idempotency-key': randomUUID(), 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const response = await fetch(`${urls[service] ?? ''}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function signUp(): Promise<string> {
  const credentials = { email: `${randomUUID()}@example.jp`, password: 'correct horse battery' };
  await call('user-service', '/users', { body: JSON.stringify({ ...credentials, name: '花子' }) });
  return String((await call('user-service', '/auth/token', { body: JSON.stringify(credentials) })).body.access_token);
}

const items = [{ productId: 'kioke-shoyu', quantity: 1 }];

/** Every way to pay with the card of that number. */
const ways: ((number: string, token: string) => object | Promise<object>)[] = [
  (number) => ({ card: number }),
  (number) => ({ card: { number, expMonth: 12, expYear: 2099, cvc: '123' } }),
  async (number, token) => {
    const body = JSON.stringify({ number, expMonth: 12, expYear: 2099, cvc: '123' });
    return { paymentToken: (await call('payment-service', '/payment-methods', { token, body })).body.token };
  },
];

/** Buys with the card, and waits until the order has come as far as it can. */
async function buy(token: string, payment: object): Promise<string> {
  const placed = await call('order-service', '/orders', { token, body: JSON.stringify({ items, ...payment }) });
  expect(placed.status).toBe(202);
  const id = String(placed.body.id);
  await until(`order ${id} to be settled`, () => isSettled(token, id), 60_000);
  return id;
}

async function isSettled(token: string, id: string): Promise<boolean> {
  const { body } = await call('order-service', `/orders/${id}`, { token, method: 'GET' });
  const [payment] = await query('payment_service', `SELECT state FROM payments WHERE order_id = '${id}'`);
  return body.status !== 'pending' || payment?.state === 'requires_action';
}

async function query(database: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: postgres.url(database) });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** What fails, fails with a number in hand: refused input, a token that is none, and a network that is gone. */
async function failInEveryWay(token: string): Promise<void> {
  const [card = ''] = cards;
  const bodies = [
    JSON.stringify({ items, card: noCard }),
    JSON.stringify({ items, card: Number(card) }),
    JSON.stringify({ items: [], card }),
    JSON.stringify({ items, card: { number: card, expMonth: 13 } }),
    JSON.stringify({ items, card: { number: card, expMonth: 1, expYear: 2001 } }),
    JSON.stringify({ items, paymentToken: card }),
    `{"items":[],"card":"${card}",}`,
    `{"card":${card}x}`,
  ];
  for (const body of bodies) {
    for (const [service, path] of [
      ['order-service', '/orders'],
      ['payment-service', '/payment-methods'],
      ['card-network', '/v1/cards'],
    ] as const) {
      const { status } = await call(service, path, { token, body });
      expect([400, 401, 422]).toContain(status);
    }
  }
  expect((await call('order-service', '/orders', { token: 'none', body: JSON.stringify({ items, card }) })).status).toBe(401);
  processes.get('card-network')?.kill('SIGKILL');
  expect((await call('order-service', '/orders', { token, body: JSON.stringify({ items, card }) })).status).toBe(503);
}

/** The number as it may be written: as it is, in groups, and as the bytes that a bytea column shows. */
const spellings = (number: string): string[] => [
  number,
  number.replaceAll(/(\d{4})(?=\d)/g, '$1 '),
  number.replaceAll(/(\d{4})(?=\d)/g, '$1-'),
  Buffer.from(number).toString('hex'),
];

/** Where any of the texts is. */
async function places(texts: readonly string[]): Promise<string[]> {
  const found = (where: string, content: string) => (texts.some((text) => content.includes(text)) ? [where] : []);
  const [directory] = await query('postgres', `SELECT current_setting('data_directory') AS path`);
  const titles = [...processes.values()].flatMap(({ pid }) => [`/proc/${pid}/cmdline`, `/proc/${pid}/environ`]);
  return [
    ...found('logs', written.logs),
    ...found('spans', written.spans),
    ...(await inTables(texts)),
    ...(await inFiles(String(directory?.path), texts)),
    ...(await Promise.all(titles.map(async (path) => found(path, await readFile(path, 'utf8').catch(() => ''))))).flat(),
  ];
}

/** Every table of every database: the services' own, the sagas', the bus with its dead letters. */
async function inTables(texts: readonly string[]): Promise<string[]> {
  const databases = await query('postgres', 'SELECT datname AS name FROM pg_database WHERE datallowconn');
  const found: string[] = [];
  for (const { name: database } of databases) {
    const tables = await query(
      String(database),
      `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
        WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')`,
    );
    for (const { name } of tables) {
      const rows = await query(
        String(database),
        `SELECT 1 FROM ${String(name)} AS t WHERE t::text ~ '${texts.join('|')}' LIMIT 1`,
      );
      if (rows.length > 0) found.push(`${String(database)}: ${String(name)}`);
    }
  }
  return found;
}

/** The server's files: also what was written once and deleted since, and the write-ahead log. */
async function inFiles(directory: string, texts: readonly string[]): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries.filter((file) => file.isFile())) {
    const content = await readFile(join(entry.parentPath, entry.name)).catch(() => Buffer.alloc(0));
    if (texts.some((text) => content.includes(text))) found.push(`file: ${entry.name}`);
  }
  return found;
}

it('keeps no card number in any database, log, span or process', async () => {
  const token = await signUp();
  const orders = await Promise.all(
    cards.flatMap((number) => ways.map(async (payment) => buy(token, await payment(number, token)))),
  );
  await failInEveryWay(token);
  await query('postgres', 'CHECKPOINT');

  // The search finds what is there: the orders in tables, files and logs, a call in the spans.
  const [order = ''] = orders;
  const ofOrder = await places([order]);
  expect(ofOrder).toEqual(expect.arrayContaining(['logs', 'payment_service: public.payments', 'card_network: public.payments']));
  expect(ofOrder.some((place) => place.startsWith('file: '))).toBe(true);
  expect(await places(['POST /payment-methods'])).toContain('spans');

  expect(await places([...cards, noCard].flatMap(spellings))).toEqual([]);
});
