/** The card network as a merchant, its buyer and a receiver of its webhooks meet it: over HTTP, on a real PostgreSQL. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { freePort, startPostgres, testSettings, type TestPostgres, until } from '@hikyaku/service/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createCardNetwork } from './card-network.ts';

interface Payment {
  key: string;
  state: string;
  amountYen: number;
  reason?: string;
  actionUrl?: string;
}

interface Delivery {
  signature: string;
  body: string;
  event: { id: string; type: string; data: Payment };
}

const [APPROVED, DECLINED, ASKS_FOR_CONSENT] = ['4242424242424242', '4000000000000002', '4000000000003220'];
const weather = { WEBHOOK_DELAY_MS: '0', WEBHOOK_LATE_SHARE: '0.5', WEBHOOK_LATE_MS: '200', WEBHOOK_TWICE_SHARE: '0.5' };

let postgres: TestPostgres;
let receiver: Server;
let deliveries: Delivery[];
/** What the receiver answers to a delivery; to several in one request, the worst of it. */
let acknowledge: (delivery: Delivery) => number;
let network: Awaited<ReturnType<typeof createCardNetwork>>;
let url: string;

const envFor = (database: string): Record<string, string> => ({
  DATABASE_URL: postgres.url(database),
  API_KEY: 'key-for-tests',
  WEBHOOK_URL: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hooks`,
  WEBHOOK_SECRET: 'secret-for-tests',
  ...testSettings,
});

beforeAll(async () => {
  postgres = await startPostgres();
  await postgres.createDatabase('card_network');
  receiver = createServer((request, response) => void receive(request).then((status) => response.writeHead(status).end()));
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  network = await createCardNetwork({ ...envFor('card_network'), ...weather });
  ({ url } = await network.start());
}, 60_000);

beforeEach(() => {
  deliveries = [];
  acknowledge = () => 204;
});

afterAll(async () => {
  await network.close();
  receiver.closeAllConnections();
  receiver.close();
  await postgres.stop();
});

async function receive(request: IncomingMessage): Promise<number> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString();
  const signature = String(request.headers['card-network-signature']);
  const { events } = JSON.parse(body) as { events: Delivery['event'][] };
  const delivered = events.map((event) => ({ signature, body, event }));
  const statuses = delivered.map((delivery) => acknowledge(delivery));
  deliveries.push(...delivered);
  return Math.max(...statuses);
}

interface Answer<T> {
  status: number;
  body: T;
}

async function call<T>(
  method: string,
  path: string,
  body?: unknown,
  { at = url, key = 'key-for-tests' } = {},
): Promise<Answer<T>> {
  const response = await fetch(`${at}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as T };
}

const register = async (number: string, at = url) =>
  (await call<{ card: string }>('POST', '/v1/cards', { number }, { at })).body.card;

const authorize = (key: string, card: string, { amountYen = 980, returnUrl = '/orders/1', at = url } = {}) =>
  call<Payment & { type?: string }>('PUT', `/v1/payments/${key}`, { card, amountYen, returnUrl }, { at });

const ask = (operation: 'capture' | 'void' | 'refund', key: string) => call<Payment>('POST', `/v1/payments/${key}/${operation}`);

const told = (key: string) => deliveries.filter(({ event }) => event.data.key === key);

describe('a payment', () => {
  test('is authorised, captured and refunded once, however often each is asked for', async () => {
    const [key, card] = [randomUUID(), await register(APPROVED)];
    const states = [];
    for (const step of [() => authorize(key, card), () => ask('capture', key), () => ask('refund', key)]) {
      const answers = await Promise.all([step(), step(), step()]);
      states.push(...new Set(answers.map(({ body }) => body.state)));
    }
    expect(states).toEqual(['authorized', 'captured', 'refunded']);
    expect((await call<Payment>('GET', `/v1/payments/${key}`)).body).toMatchObject({ key, amountYen: 980, state: 'refunded' });
  });

  test('is left as it is by an operation that does not apply', async () => {
    const [key, card] = [randomUUID(), await register(APPROVED)];
    await authorize(key, card);
    expect((await ask('refund', key)).body.state).toBe('authorized');
    expect((await ask('void', key)).body.state).toBe('voided');
    expect((await ask('capture', key)).body.state).toBe('voided');
    expect((await authorize(key, card)).body.state).toBe('voided');
  });

  test('that was voided before it was asked for is refused', async () => {
    const [key, card] = [randomUUID(), await register(APPROVED)];
    expect((await ask('void', key)).body).toMatchObject({ state: 'voided', amountYen: 0 });
    expect((await authorize(key, card)).body.state).toBe('voided');
  });

  test('is never held after a void that came at the same time', async () => {
    const card = await register(APPROVED);
    const keys = Array.from({ length: 40 }, () => randomUUID());
    await Promise.all(keys.flatMap((key) => [authorize(key, card), ask('void', key)]));
    const rows = await network.database.query('SELECT state FROM payments WHERE key = ANY ($1)', [keys]);
    expect(rows).toEqual(Array(40).fill({ state: 'voided' }));
  });

  test('among many at the same time is answered for itself, and told of once', async () => {
    const cards = {
      authorized: await register(APPROVED),
      declined: await register(DECLINED),
      requires_action: await register(ASKS_FOR_CONSENT),
    };
    const wishes = Array.from({ length: 12 }, () => Object.entries(cards))
      .flat()
      .map(([state, card]) => ({ key: randomUUID(), state, card }));
    const [answers, unknown] = await Promise.all([
      Promise.all([...wishes, ...wishes].map(({ key, card }) => authorize(key, card))),
      authorize(randomUUID(), 'card_unknown'),
    ]);
    expect(unknown.status).toBe(422);
    const expected = wishes.map(({ key, state }) => `${key} ${state}`);
    expect(answers.map(({ body }) => `${body.key} ${body.state}`)).toEqual([...expected, ...expected]);
    const captured = await Promise.all([...wishes, ...wishes].map(({ key }) => ask('capture', key)));
    const after = wishes.map(({ state }) => (state === 'authorized' ? 'captured' : state));
    expect(captured.map(({ body }) => body.state)).toEqual([...after, ...after]);
    const ids = (key: string) => new Set(told(key).map(({ event }) => `${event.id} ${event.type}`)).size;
    await until('one webhook of each', () => wishes.every(({ key, state }) => ids(key) === (state === 'authorized' ? 2 : 1)));
  });

  test('is another one under another key only', async () => {
    const [key, card] = [randomUUID(), await register(APPROVED)];
    await authorize(key, card);
    const reused = await authorize(key, card, { amountYen: 1 });
    expect([reused.status, reused.body.type]).toEqual([409, 'urn:card-network:problem:key_reused']);
    expect((await authorize(randomUUID(), 'card_unknown')).status).toBe(422);
  });

  test('is a merchant’s own business', async () => {
    expect((await call('GET', '/v1/payments/x', undefined, { key: 'another' })).status).toBe(401);
    expect((await call('GET', `/v1/payments/${randomUUID()}`)).status).toBe(404);
    expect((await ask('capture', randomUUID())).status).toBe(404);
  });
});

describe('a webhook', () => {
  test('tells of each thing that happened, signed over its time and body', async () => {
    const [key, card] = [randomUUID(), await register(APPROVED)];
    await authorize(key, card);
    await ask('capture', key);
    await ask('refund', key);
    const declined = randomUUID();
    await authorize(declined, await register(DECLINED));
    await until('all events', () => new Set([...told(key), ...told(declined)].map(({ event }) => event.id)).size === 4);
    expect(new Set(told(key).map(({ event: { type, data } }) => `${type} ${data.state}`))).toEqual(
      new Set(['authorization.succeeded authorized', 'capture.succeeded captured', 'refund.succeeded refunded']),
    );
    expect(told(declined)[0]?.event).toMatchObject({ type: 'authorization.failed', data: { reason: 'card_declined' } });
    for (const { signature, body } of told(key)) {
      const [, seconds, given] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature) ?? [];
      expect(given).toBe(createHmac('sha256', 'secret-for-tests').update(`${seconds}.${body}`).digest('hex'));
    }
  });

  test('comes late, twice and out of order', async () => {
    const card = await register(APPROVED);
    const keys = Array.from({ length: 20 }, () => randomUUID());
    for (const key of keys) {
      await authorize(key, card);
      await ask('capture', key);
    }
    const idle = async () => (await network.database.one('SELECT count(*)::integer AS left FROM webhooks'))?.left === 0;
    await until('all to be delivered', idle);
    const events = keys.map((key) => told(key));
    expect(events.some((list) => list.length > 2)).toBe(true);
    expect(events.some((list) => list[0]?.event.type === 'capture.succeeded')).toBe(true);
    expect(events.every((list) => new Set(list.map(({ event }) => event.type)).size === 2)).toBe(true);
  });

  test('comes again until it is acknowledged', async () => {
    const [key, card] = [randomUUID(), await register(APPROVED)];
    acknowledge = ({ event }) => (told(event.data.key).length < 2 ? 503 : 204);
    await authorize(key, card);
    await until('the third delivery', () => told(key).length >= 3);
    expect(new Set(told(key).map(({ event }) => event.id)).size).toBe(1);
  });
});

describe('the bank’s page', () => {
  const pageOf = ({ actionUrl = '' }: Payment, query = '') => `${url}${actionUrl.replace('/card-network', '')}${query}`;

  /** What a browser would do: keep the cookie, send the form's hidden field. */
  async function visit(payment: Payment, headers: Record<string, string> = {}) {
    const response = await fetch(pageOf(payment), { headers });
    const html = await response.text();
    return {
      html,
      headers: response.headers,
      cookie: response.headers.get('set-cookie')?.split(';')[0] ?? '',
      token: /name="token" value="([^"]+)"/.exec(html)?.[1] ?? '',
    };
  }

  const answer = (payment: Payment, fields: Record<string, string>, headers: Record<string, string>) =>
    fetch(pageOf(payment), { method: 'POST', body: new URLSearchParams(fields), headers, redirect: 'manual' });

  async function asked() {
    const [key, card] = [randomUUID(), await register(ASKS_FOR_CONSENT)];
    return (await authorize(key, card, { returnUrl: `/orders/${key}?"<>` })).body;
  }

  const stateOf = async ({ key }: Payment) => (await call<Payment>('GET', `/v1/payments/${key}`)).body;

  test.each([
    ['approve', { state: 'authorized' }, 'authentication.succeeded', '承認しました'],
    ['refuse', { state: 'declined', reason: 'authentication_failed' }, 'authentication.failed', '拒否しました'],
  ] as const)('takes the buyer’s answer: %s', async (given, expected, event, words) => {
    const payment = await asked();
    expect(payment.state).toBe('requires_action');
    const { cookie, token, html } = await visit(payment);
    expect(html).toContain('〇〇銀行 本人認証');
    const taken = await answer(payment, { token, answer: given }, { cookie, 'sec-fetch-site': 'same-origin' });
    expect([taken.status, taken.headers.get('location')]).toEqual([303, '?lang=ja']);
    expect(await stateOf(payment)).toMatchObject(expected);
    const { html: after } = await visit(payment, { cookie });
    expect(after).toContain(words);
    expect(after).toContain(`href="/orders/${payment.key}?&quot;&lt;&gt;"`);
    await until('the webhook', () => told(payment.key).some(({ event: { type } }) => type === event));
    const change = given === 'approve' ? 'refuse' : 'approve';
    await answer(payment, { token, answer: change }, { cookie });
    expect(await stateOf(payment)).toMatchObject(expected);
  });

  test('is in English for those who prefer it', async () => {
    expect((await visit(await asked(), { 'accept-language': 'en-GB,en;q=0.9,ja;q=0.5' })).html).toContain('verify it is you');
  });

  test('takes no answer from anywhere else', async () => {
    const payment = await asked();
    const { cookie, token } = await visit(payment);
    const { cookie: anotherCookie } = await visit(payment);
    const fields = { token, answer: 'approve' };
    for (const [sent, headers] of [
      [fields, {}],
      [fields, { cookie: anotherCookie }],
      [{ answer: 'approve' }, { cookie }],
      [fields, { cookie, 'sec-fetch-site': 'cross-site' }],
      [{ token, answer: 'both' }, { cookie }],
    ] as const)
      expect((await answer(payment, sent, headers)).status).toBe(403);
    expect((await stateOf(payment)).state).toBe('requires_action');
  });

  test('runs no script, loads nothing, and cannot be framed', async () => {
    const { html, headers } = await visit(await asked());
    expect(html).not.toMatch(/<script|onclick|javascript:/i);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
  });

  test('does not exist for a payment that never asked', async () => {
    expect((await fetch(`${url}/3ds/AAAAAAAAAAAAAAAAAAAAAA`)).status).toBe(404);
  });
});

describe('a process that is killed', () => {
  const started: ChildProcess[] = [];
  afterAll(() => started.forEach((child) => child.kill('SIGKILL')));

  async function start(port: number): Promise<ChildProcess> {
    const env = { ...process.env, ...envFor('killed'), PORT: String(port) };
    const child = spawn(process.execPath, [fileURLToPath(new URL('main.ts', import.meta.url))], { env, stdio: 'ignore' });
    started.push(child);
    await until('the network to be ready', () =>
      fetch(`http://127.0.0.1:${port}/ready`).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
    return child;
  }

  test('has lost neither what it booked nor what it had to tell', async () => {
    await postgres.createDatabase('killed');
    const port = await freePort();
    const at = `http://127.0.0.1:${port}`;
    const first = await start(port);
    acknowledge = () => 503;
    const [key, card] = [randomUUID(), await register(APPROVED, at)];
    await authorize(key, card, { at });
    await until('a first delivery', () => told(key).length > 0);
    first.kill('SIGKILL');
    await once(first, 'exit');
    acknowledge = () => 204;
    const before = told(key).length;
    await start(port);
    expect((await authorize(key, card, { at })).body.state).toBe('authorized');
    await until('the webhook to come again', () => told(key).length > before, 45_000);
    expect(new Set(told(key).map(({ event }) => event.id)).size).toBe(1);
  }, 90_000);
});
