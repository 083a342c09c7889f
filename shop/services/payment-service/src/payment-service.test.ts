import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startPostgres, type TestPostgres } from '@hikyaku/service/testing';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createPaymentService } from './payment-service.ts';

type Json = Record<string, unknown>;

const APPROVED = '4242424242424242';
const DECLINED = '4000000000000002';
const LOSES_THE_FIRST_ANSWER = '4000000000000119';

let postgres: TestPostgres;
let issuer: Server;
let signing: Awaited<ReturnType<typeof generateKeyPair>>;
let service: Awaited<ReturnType<typeof createPaymentService>>;
let url: string;

beforeAll(async () => {
  postgres = await startPostgres();
  await postgres.createDatabase('payment_service');
  await postgres.createDatabase('events');
  signing = await generateKeyPair('ES256');
  const key: JWK = { ...(await exportJWK(signing.publicKey)), alg: 'ES256' };
  issuer = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: [key] }));
  });
  await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
  service = await createPaymentService({
    DATABASE_URL: postgres.url('payment_service'),
    BROKER_URL: postgres.url('events'),
    JWKS_URL: `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/`,
    CARD_NETWORK_TIMEOUT_MS: '150',
    HOST: '127.0.0.1',
    PORT: '0',
    LOG_LEVEL: 'silent',
    DRAIN_DELAY_MS: '0',
  });
  ({ url } = await service.start());
});

afterAll(async () => {
  await service.close();
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

const charge = (orderId: string, paymentToken: string) =>
  call('PUT', `/internal/charges/${orderId}`, { body: { userId: 'hanako', paymentToken, amountYen: 1480 } });

const refund = (orderId: string) => call('PUT', `/internal/refunds/${orderId}`, { body: { userId: 'hanako' } });

const ledger = (orderId: string) =>
  service.database.query('SELECT state, amount_yen FROM card_network.ledger WHERE idempotency_key = $1', [orderId]);

describe('a card', () => {
  test('is exchanged for a token, and its number is nowhere in the database', async () => {
    const { status, body } = await call('POST', '/payment-methods', { user: 'hanako', body: { number: '4242 4242 4242 4242' } });
    expect(status).toBe(201);
    expect(body).toEqual({ token: expect.stringMatching(/^pm_/), brand: 'visa', last4: '4242' });
    const rows = await service.database.query(
      'SELECT p::text AS row FROM payment_methods p UNION ALL SELECT c::text FROM card_network.cards c',
    );
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

describe('charging', () => {
  test('books once when it is asked for many times at once', async () => {
    const [order, token] = [randomUUID(), await tokenise(APPROVED)];
    const answers = await Promise.all(Array.from({ length: 5 }, () => charge(order, token)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(await ledger(order)).toEqual([{ state: 'booked', amount_yen: 1480 }]);
  });

  test('tells that the card was declined', async () => {
    const { status, body } = await charge(randomUUID(), await tokenise(DECLINED));
    expect(status).toBe(402);
    expect(body.type).toBe('urn:shop:problem:card_declined');
  });

  test('gives up on an answer that does not come, and books no second time when asked again', async () => {
    const [order, token] = [randomUUID(), await tokenise(LOSES_THE_FIRST_ANSWER)];
    expect((await charge(order, token)).status).toBe(504);
    expect((await charge(order, token)).status).toBe(200);
    expect(await ledger(order)).toEqual([{ state: 'booked', amount_yen: 1480 }]);
  });

  test('with somebody else’s token is refused', async () => {
    const paymentToken = await tokenise(APPROVED);
    const body = { userId: 'taro', paymentToken, amountYen: 1480 };
    expect((await call('PUT', `/internal/charges/${randomUUID()}`, { body })).status).toBe(422);
  });
});

describe('refunding', () => {
  test('takes the charge back, once', async () => {
    const [order, token] = [randomUUID(), await tokenise(APPROVED)];
    await charge(order, token);
    expect([(await refund(order)).status, (await refund(order)).status]).toEqual([204, 204]);
    expect(await ledger(order)).toEqual([{ state: 'refunded', amount_yen: 1480 }]);
    expect((await charge(order, token)).body.type).toBe('urn:shop:problem:charge_cancelled');
  });

  test('before the charge refuses the charge', async () => {
    const [order, token] = [randomUUID(), await tokenise(APPROVED)];
    expect((await refund(order)).status).toBe(204);
    expect((await charge(order, token)).status).toBe(409);
    expect(await ledger(order)).toEqual([]);
  });

  test('takes back a booking whose answer was lost', async () => {
    const [order, token] = [randomUUID(), await tokenise(LOSES_THE_FIRST_ANSWER)];
    await charge(order, token);
    expect((await refund(order)).status).toBe(204);
    expect(await ledger(order)).toEqual([{ state: 'refunded', amount_yen: 1480 }]);
  });
});

describe('an invoice', () => {
  const items = [{ productId: 'tea', name: { ja: '茶', en: 'Tea' }, unitPriceYen: 1480, quantity: 1 }];

  test('is written once for a confirmed order, and only its buyer can read it', async () => {
    const orderId = randomUUID();
    const confirmed = () => ({
      type: 'order.confirmed',
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
