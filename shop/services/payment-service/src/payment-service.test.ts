import { createHmac, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CloudEvent } from '@hikyaku/service';
import { freePort, startPostgres, testSettings, type TestPostgres } from '@hikyaku/service/testing';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createCardNetwork } from '../../card-network/src/card-network.ts';
import { createPaymentService } from './payment-service.ts';

type Json = Record<string, unknown>;

const APPROVED = '4242424242424242';
const ASKS_FOR_CONSENT = '4000000000003220';
const ANSWERS_LATE = '4000000000000259';
const DECLINED = '4000000000000002';
const LOSES_THE_FIRST_ANSWER = '4000000000000119';

let postgres: TestPostgres;
let issuer: Server;
let signing: Awaited<ReturnType<typeof generateKeyPair>>;
let network: Awaited<ReturnType<typeof createCardNetwork>>;
let service: Awaited<ReturnType<typeof createPaymentService>>;
let url: string;
const published: CloudEvent[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
  await postgres.createDatabase('payment_service');
  await postgres.createDatabase('card_network');
  await postgres.createDatabase('events');
  signing = await generateKeyPair('ES256');
  const key: JWK = { ...(await exportJWK(signing.publicKey)), alg: 'ES256' };
  issuer = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: [key] }));
  });
  await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
  const port = await freePort();
  network = await createCardNetwork({
    ...testSettings,
    DATABASE_URL: postgres.url('card_network'),
    API_KEY: 'for-tests',
    LATE_ANSWER_MS: '5000',
    WEBHOOK_URL: `http://127.0.0.1:${port}/webhooks/card-network`,
    WEBHOOK_SECRET: 'webhooks-for-tests',
    WEBHOOK_TWICE_SHARE: '0.5',
    WEBHOOK_LATE_SHARE: '0.5',
    WEBHOOK_LATE_MS: '300',
  });
  service = await createPaymentService({
    ...testSettings,
    CARD_NETWORK_URL: (await network.start()).url,
    CARD_NETWORK_API_KEY: 'for-tests',
    CARD_NETWORK_WEBHOOK_SECRET: 'webhooks-for-tests',
    PORT: String(port),
    DATABASE_URL: postgres.url('payment_service'),
    BROKER_URL: postgres.url('events'),
    JWKS_URL: `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/`,
    CARD_NETWORK_TIMEOUT_MS: '1500',
  });
  service.bus.subscribe({ group: 'observer', topics: ['payment.*'] }, (event) => {
    published.push(event);
    return Promise.resolve();
  });
  ({ url } = await service.start());
}, 60_000);

afterAll(async () => {
  await service.close();
  await network.close();
  issuer.close();
  await postgres.stop();
});

async function call(method: string, path: string, { user, body }: { user?: string; body?: unknown } = {}) {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (user !== undefined) headers.authorization = `Bearer ${await tokenOf(user)}`;
  const response = await fetch(`${url}${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Json };
}

function tokenOf(user: string): Promise<string> {
  const token = new SignJWT().setProtectedHeader({ alg: 'ES256' }).setSubject(user);
  return token
    .setIssuer('http://user-service:8080')
    .setAudience('shop')
    .setIssuedAt()
    .setExpirationTime('1 minute')
    .sign(signing.privateKey);
}

async function tokenise(number: string): Promise<string> {
  const { body } = await call('POST', '/payment-methods', { user: 'hanako', body: { number } });
  return String(body.token);
}

type Outcome = { orderId: string; state?: string; problem?: { type: string; status: number } };

async function askAll(what: 'authorizations' | 'captures', payments: Json[]): Promise<Outcome[]> {
  const { status, body } = await call('POST', `/internal/${what}`, { body: { payments } });
  expect(status).toBe(200);
  return body.payments as Outcome[];
}

/** For one order: its state, or the problem in the place of it. */
async function askFor(what: 'authorizations' | 'captures', payment: Json): Promise<{ status: number; body: Json }> {
  const [outcome] = await askAll(what, [payment]);
  const { problem, ...done } = outcome ?? { orderId: 'none' };
  return problem ? { status: problem.status, body: problem } : { status: 200, body: done };
}

const authorize = (orderId: string, paymentToken: string, amountYen = 1480) =>
  askFor('authorizations', { orderId, userId: 'hanako', paymentToken, amountYen });

const capture = (orderId: string) => askFor('captures', { orderId, userId: 'hanako' });

const ask = (operation: 'void' | 'refund', orderId: string) =>
  call('PUT', `/internal/payments/${orderId}/${operation}`, { body: { userId: 'hanako' } });

const booked = (orderId: string) => network.database.query('SELECT state, amount_yen FROM payments WHERE key = $1', [orderId]);

/** Types of the events that were published about an order, sorted. */
const eventsOf = (orderId: string) => published.flatMap(({ subject, type }) => (subject === orderId ? type : [])).sort();

describe('a card', () => {
  test('is exchanged for a token, and its number is nowhere in the database', async () => {
    const { status, body } = await call('POST', '/payment-methods', { user: 'hanako', body: { number: '4242 4242 4242 4242' } });
    expect(status).toBe(201);
    expect(body).toEqual({ token: expect.stringMatching(/^pm_/), brand: 'visa', last4: '4242' });
    const rows = await service.database.query('SELECT p::text AS row FROM payment_methods p');
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.filter(({ row }) => String(row).includes(APPROVED))).toEqual([]);
  });

  test('that cannot be one is refused without repeating the number', async () => {
    const { status, body } = await call('POST', '/payment-methods', { user: 'hanako', body: { number: '4242424242424241' } });
    expect(status).toBe(422);
    expect(body.type).toBe('urn:shop:problem:invalid_card_number');
    expect(JSON.stringify(body)).not.toContain('4242');
  });

  test('is taken from signed-in users only', async () => {
    expect((await call('POST', '/payment-methods', { body: { number: APPROVED } })).status).toBe(401);
  });
});

describe('authorising', () => {
  test('holds the amount once when it is asked for many times at once', async () => {
    const [order, token] = [randomUUID(), await tokenise(APPROVED)];
    const answers = await Promise.all(Array.from({ length: 5 }, () => authorize(order, token)));
    expect(answers).toEqual(Array(5).fill({ status: 200, body: { orderId: order, state: 'authorized' } }));
    expect(await booked(order)).toEqual([{ state: 'authorized', amount_yen: 1480 }]);
  });

  test.each([
    ['4000000000000002', 'card_declined'],
    ['4000000000009995', 'insufficient_funds'],
    ['4000000000009987', 'lost_card'],
    ['4000000000000069', 'expired_card'],
    ['4000000000000127', 'incorrect_cvc'],
  ])('%s tells that it was refused: %s', async (number, reason) => {
    const [order, token] = [randomUUID(), await tokenise(number)];
    for (const { status, body } of [await authorize(order, token), await authorize(order, token), await capture(order)])
      expect([status, body.type]).toEqual([402, `urn:shop:problem:${reason}`]);
  });

  test('gives up on an answer that does not come, and holds nothing twice when asked again', async () => {
    const [order, token] = [randomUUID(), await tokenise(LOSES_THE_FIRST_ANSWER)];
    expect((await authorize(order, token)).status).toBe(503);
    expect((await authorize(order, token)).status).toBe(200);
    expect(await booked(order)).toEqual([{ state: 'authorized', amount_yen: 1480 }]);
  });

  test('learns from a lookup what an answer that comes too late would have told', async () => {
    const [order, token] = [randomUUID(), await tokenise(ANSWERS_LATE)];
    expect((await authorize(order, token)).status).toBe(503);
    expect((await authorize(order, token)).body).toEqual({ orderId: order, state: 'authorized' });
  });

  test('tells where the buyer gives consent', async () => {
    const [order, token] = [randomUUID(), await tokenise(ASKS_FOR_CONSENT)];
    const waiting = {
      orderId: order,
      state: 'requires_action',
      actionUrl: expect.stringMatching(/^\/card-network\/3ds\/.{22}$/),
    };
    expect((await authorize(order, token)).body).toEqual(waiting);
    expect((await authorize(order, token)).body).toEqual(waiting);
    expect((await capture(order)).body.type).toBe('urn:shop:problem:payment_not_authorized');
  });

  test('with somebody else’s token, or another amount, is refused', async () => {
    const [order, token] = [randomUUID(), await tokenise(APPROVED)];
    const stolen = { orderId: order, userId: 'taro', paymentToken: token, amountYen: 1480 };
    expect((await askFor('authorizations', stolen)).status).toBe(422);
    await authorize(order, token);
    expect((await authorize(order, token, 1)).body.type).toBe('urn:shop:problem:payment_mismatch');
  });
});

describe('capturing', () => {
  test('takes the amount once', async () => {
    const [order, token] = [randomUUID(), await tokenise(APPROVED)];
    await authorize(order, token);
    const answers = await Promise.all(Array.from({ length: 5 }, () => capture(order)));
    expect(answers).toEqual(Array(5).fill({ status: 200, body: { orderId: order, state: 'captured' } }));
    expect(await booked(order)).toEqual([{ state: 'captured', amount_yen: 1480 }]);
    expect((await authorize(order, token)).body.state).toBe('authorized');
  });

  test('without an authorisation is refused', async () => {
    expect((await capture(randomUUID())).body.type).toBe('urn:shop:problem:payment_not_authorized');
  });
});

describe('several orders in one request', () => {
  const wish = (paymentToken: string, more: Json = {}) => ({
    orderId: randomUUID(),
    userId: 'hanako',
    paymentToken,
    amountYen: 1480,
    ...more,
  });
  /** The state, or the last word of the problem. */
  const told = ({ state, problem }: Outcome) => state ?? problem?.type.split(':').at(-1);

  test('are each answered for themselves, in order', async () => {
    const [good, bad, consent] = [await tokenise(APPROVED), await tokenise(DECLINED), await tokenise(ASKS_FOR_CONSENT)];
    const wishes = [wish(good), wish(bad), wish('pm_unknown'), wish(consent), wish(good, { userId: 'taro' }), wish(good)];
    const outcomes = await askAll('authorizations', wishes);
    expect(outcomes.map(({ orderId }) => orderId)).toEqual(wishes.map(({ orderId }) => orderId));
    expect(outcomes.map(told)).toEqual([
      'authorized',
      'card_declined',
      'unknown_payment_method',
      'requires_action',
      'unknown_payment_method',
      'authorized',
    ]);
    const captured = await askAll('captures', [...wishes, { orderId: randomUUID(), userId: 'hanako' }]);
    expect(captured.map(told)).toEqual([
      'captured',
      'card_declined',
      'payment_not_authorized',
      'payment_not_authorized',
      'payment_not_authorized',
      'captured',
      'payment_not_authorized',
    ]);
    expect(await booked(wishes[0]!.orderId)).toEqual([{ state: 'captured', amount_yen: 1480 }]);
  });

  test('are authorised and captured once, however often and with whom they come', async () => {
    const token = await tokenise(APPROVED);
    const wishes = Array.from({ length: 8 }, () => wish(token));
    const answers = await Promise.all(
      [wishes, wishes.toReversed(), [...wishes, ...wishes]].map((some) => askAll('authorizations', some)),
    );
    expect(new Set(answers.flat().map(told))).toEqual(new Set(['authorized']));
    const captures = await Promise.all([wishes, wishes.toReversed()].map((some) => askAll('captures', some)));
    expect(new Set(captures.flat().map(told))).toEqual(new Set(['captured']));
    for (const { orderId } of wishes) expect(await booked(orderId)).toEqual([{ state: 'captured', amount_yen: 1480 }]);
  });

  test('do not wait for one whose answer does not come, which is asked for again', async () => {
    const [slow, quick] = [wish(await tokenise(LOSES_THE_FIRST_ANSWER)), wish(await tokenise(APPROVED))];
    const first = await askAll('authorizations', [slow, quick]);
    expect(first.map(told)).toEqual(['no_answer_yet', 'authorized']);
    expect(first[0]?.problem?.status).toBe(503);
    expect((await askAll('authorizations', [slow])).map(told)).toEqual(['authorized']);
    expect(await booked(slow.orderId)).toEqual([{ state: 'authorized', amount_yen: 1480 }]);
  });

  test('that are none, too many, or no orders are refused, pointing at the place', async () => {
    const token = await tokenise(APPROVED);
    for (const payments of [[], Array.from({ length: 101 }, () => wish(token)), [wish(token, { orderId: 'order-1' })]]) {
      const { status, body } = await call('POST', '/internal/authorizations', { body: { payments } });
      expect([status, JSON.stringify(body.errors)]).toEqual([400, expect.stringContaining('#/payments')]);
    }
  });
});

describe('voiding', () => {
  test('lets go what is held', async () => {
    const [order, token] = [randomUUID(), await tokenise(APPROVED)];
    await authorize(order, token);
    expect([(await ask('void', order)).body.state, (await ask('void', order)).body.state]).toEqual(['voided', 'voided']);
    expect(await booked(order)).toEqual([{ state: 'voided', amount_yen: 1480 }]);
    for (const answer of [await authorize(order, token), await capture(order)])
      expect(answer.body.type).toBe('urn:shop:problem:payment_cancelled');
  });

  test('lets go what nobody heard of', async () => {
    const [order, token] = [randomUUID(), await tokenise(LOSES_THE_FIRST_ANSWER)];
    await authorize(order, token);
    expect((await ask('void', order)).status).toBe(200);
    expect(await booked(order)).toEqual([{ state: 'voided', amount_yen: 1480 }]);
  });

  test('does not give back what was captured', async () => {
    const [order, token] = [randomUUID(), await tokenise(APPROVED)];
    await authorize(order, token);
    await capture(order);
    expect((await ask('void', order)).body.type).toBe('urn:shop:problem:payment_captured');
  });
});

describe('refunding', () => {
  test('gives back what was captured, once', async () => {
    const [order, token] = [randomUUID(), await tokenise(APPROVED)];
    await authorize(order, token);
    await capture(order);
    expect([(await ask('refund', order)).body.state, (await ask('refund', order)).body.state]).toEqual(['refunded', 'refunded']);
    expect(await booked(order)).toEqual([{ state: 'refunded', amount_yen: 1480 }]);
    expect((await ask('void', order)).body.state).toBe('refunded');
    expect((await authorize(order, token)).body.type).toBe('urn:shop:problem:payment_cancelled');
  });

  test.each(['void', 'refund'] as const)('(%s) before the payment refuses the payment', async (operation) => {
    const [order, token] = [randomUUID(), await tokenise(APPROVED)];
    expect((await ask(operation, order)).body).toEqual({ orderId: order, amountYen: 0, state: 'voided' });
    expect((await authorize(order, token)).status).toBe(409);
    expect(await booked(order)).toEqual([]);
  });

  test('lets go what was never captured', async () => {
    const [order, token] = [randomUUID(), await tokenise(APPROVED)];
    await authorize(order, token);
    expect((await ask('refund', order)).body.state).toBe('voided');
    expect(await booked(order)).toEqual([{ state: 'voided', amount_yen: 1480 }]);
  });
});

describe('what the card network tells by itself', () => {
  const stateOf = async (order: string) =>
    (await service.database.one('SELECT state FROM payments WHERE order_id = $1', [order]))?.state;
  const event = (order: string, state: string, { id = randomUUID(), ...more }: { id?: string; reason?: string } = {}) => ({
    id,
    type: 'any',
    createdAt: new Date().toISOString(),
    data: { key: order, id: 'pay_1', state, amountYen: 1480, ...more },
  });
  const webhook = (order: string, state: string, { id = randomUUID(), ...more }: { id?: string; reason?: string } = {}) =>
    JSON.stringify({ events: [event(order, state, { id, ...more })] });

  function send(body: string, { secret = 'webhooks-for-tests', ageMs = 0, header = '' } = {}) {
    const seconds = Math.floor((Date.now() - ageMs) / 1000);
    const signature = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
    const headers = { 'content-type': 'application/json', 'card-network-signature': header || `t=${seconds},v1=${signature}` };
    return fetch(`${url}/webhooks/card-network`, { method: 'POST', headers, body });
  }

  test('settles a payment whose answer nobody heard, though nobody asks again', async () => {
    const [order, token] = [randomUUID(), await tokenise(LOSES_THE_FIRST_ANSWER)];
    expect((await authorize(order, token)).status).toBe(503);
    await vi.waitFor(async () => expect(await stateOf(order)).toBe('authorized'), { timeout: 10_000, interval: 50 });
  });

  test('settles a payment once the buyer has answered', async () => {
    const [order, token] = [randomUUID(), await tokenise(ASKS_FOR_CONSENT)];
    await authorize(order, token);
    await network.database.query(`UPDATE payments SET state = 'authorized' WHERE key = $1`, [order]);
    expect((await authorize(order, token)).body).toEqual({ orderId: order, state: 'authorized' });
    const refused = randomUUID();
    await authorize(refused, token);
    await send(webhook(refused, 'declined', { reason: 'authentication_failed' }));
    expect((await authorize(refused, token)).body.type).toBe('urn:shop:problem:authentication_failed');
  });

  test('is believed only when it is signed, lately, over these bytes', async () => {
    const [order, token] = [randomUUID(), await tokenise(ASKS_FOR_CONSENT)];
    await authorize(order, token);
    const body = webhook(order, 'authorized');
    const seconds = Math.floor(Date.now() / 1000);
    const ofAnotherBody = createHmac('sha256', 'webhooks-for-tests').update(`${seconds}.{}`).digest('hex');
    const refusals = [
      { secret: 'another' },
      { ageMs: 6 * 60_000 },
      { ageMs: -6 * 60_000 },
      { header: 'none' },
      { header: `t=${seconds},v1=${ofAnotherBody}` },
      { header: `t=${seconds}` },
    ];
    for (const refused of refusals) expect((await send(body, refused)).status).toBe(401);
    expect((await fetch(`${url}/webhooks/card-network`, { method: 'POST' })).status).toBe(401);
    expect(await stateOf(order)).toBe('requires_action');
    expect((await send('{"data":{}}')).status).toBe(400);
    expect((await send(body)).status).toBe(204);
    expect(await stateOf(order)).toBe('authorized');
  });

  test('only ever moves a payment forward, whatever comes in which order and how often', async () => {
    const [order, token] = [randomUUID(), await tokenise(ASKS_FOR_CONSENT)];
    await authorize(order, token);
    const approved = webhook(order, 'authorized');
    expect((await send(webhook(order, 'captured'))).status).toBe(204);
    for (const late of [approved, approved, webhook(order, 'requires_action'), webhook(order, 'declined')])
      expect((await send(late)).status).toBe(204);
    expect(await stateOf(order)).toBe('captured');
    await vi.waitFor(() => expect(eventsOf(order)).toEqual(['payment.action_required', 'payment.captured']), {
      timeout: 10_000,
      interval: 50,
    });
  });

  test('is handled once, and noted only when it changed something', async () => {
    const [order, token, id] = [randomUUID(), await tokenise(ASKS_FOR_CONSENT), randomUUID()];
    await authorize(order, token);
    const body = webhook(order, 'authorized', { id });
    const answers = await Promise.all(Array.from({ length: 5 }, () => send(body)));
    expect(answers.map(({ status }) => status)).toEqual(Array(5).fill(204));
    await send(webhook(order, 'requires_action'));
    expect(await service.database.query('SELECT id FROM handled_webhooks WHERE id = $1', [id])).toEqual([{ id }]);
    await vi.waitFor(() => expect(eventsOf(order)).toEqual(['payment.action_required', 'payment.authorized']), {
      timeout: 10_000,
      interval: 50,
    });
  });

  test('may come together with others, of which each counts for itself', async () => {
    const orders = [randomUUID(), randomUUID()] as const;
    for (const order of orders) await authorize(order, await tokenise(ASKS_FOR_CONSENT));
    const events = [event(orders[0], 'authorized'), event('no-uuid', 'captured'), event(orders[1], 'captured')];
    expect((await send(JSON.stringify({ events: [...events, event(orders[0], 'captured')] }))).status).toBe(204);
    expect([await stateOf(orders[0]), await stateOf(orders[1])]).toEqual(['captured', 'captured']);
    expect((await send(JSON.stringify({ events: [] }))).status).toBe(204);
  });

  test('about an order of somebody else is left alone', async () => {
    expect((await send(webhook(randomUUID(), 'captured'))).status).toBe(204);
    expect((await send(webhook('no-uuid', 'captured'))).status).toBe(204);
  });
});

describe('the guard around the card network', () => {
  test('shows its state in the metrics', async () => {
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toMatch(/guard_breaker_state\{guard="card-network",state="closed"[^}]*\} 1/);
  });
});

test('what becomes of payments is published, each thing once', async () => {
  const token = await tokenise(APPROVED);
  const [bought, cancelled, declined] = [randomUUID(), randomUUID(), randomUUID()];
  await authorize(bought, token);
  await Promise.all([capture(bought), capture(bought)]);
  await ask('refund', bought);
  await authorize(cancelled, token);
  await ask('void', cancelled);
  await authorize(declined, await tokenise(DECLINED));
  await vi.waitFor(
    () => {
      expect(eventsOf(bought)).toEqual(['payment.authorized', 'payment.captured', 'payment.refunded']);
      expect(eventsOf(cancelled)).toEqual(['payment.authorized', 'payment.voided']);
      expect(eventsOf(declined)).toEqual(['payment.declined']);
    },
    { timeout: 10_000, interval: 50 },
  );
});

describe('an invoice', () => {
  const items = [{ productId: 'tea', name: { ja: '茶', en: 'Tea' }, unitPriceYen: 1480, quantity: 1 }];

  test('is written once for an order that was shipped, and only its buyer can read it', async () => {
    const orderId = randomUUID();
    const confirmed = () => ({
      type: 'order.shipped',
      subject: orderId,
      data: { orderId, userId: 'hanako', items, totalYen: 1480 },
    });
    await service.database.transaction(async (tx) => {
      await service.bus.publish(tx, confirmed());
      await service.bus.publish(tx, confirmed());
    });
    await vi.waitFor(
      async () => {
        expect((await call('GET', `/invoices/${orderId}`, { user: 'hanako' })).status).toBe(200);
      },
      { timeout: 10_000, interval: 50 },
    );
    const { body } = await call('GET', `/invoices/${orderId}`, { user: 'hanako' });
    expect(body).toEqual({
      number: expect.stringMatching(/^INV-\d{8}$/),
      orderId,
      items,
      totalYen: 1480,
      issuedAt: expect.any(String),
    });
    expect((await call('GET', `/invoices/${orderId}`, { user: 'taro' })).status).toBe(404);
    expect(await service.database.one('SELECT count(*)::integer AS invoices FROM invoices', [])).toEqual({ invoices: 1 });
  });
});
