/** The shop from outside: what the public API promises, through the gateway, on a system started the way a user starts it. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { brokenInvariants, cards, ordersWithoutOneInvoice, product, products, query, request, signUp } from './support/shop.ts';
import type { Buyer, Order, Product, SagaStatus } from './support/shop.ts';
import { eventually, startSystem } from './support/system.ts';
import type { System } from './support/system.ts';

let system: System;
let buyer: Buyer;
let catalogue: Product[];

interface Problem {
  title: string;
  detail?: string;
  errors?: { pointer: string; detail: string }[];
}

beforeAll(async () => {
  system = await startSystem({ args: ['--no-watch'] });
  await system.printed(/ready in/);
  buyer = await signUp(system.url);
  catalogue = await products(system.url);
});
afterAll(async () => system.purge());

const inStock = (index: number): Product => {
  const found = catalogue.filter(({ stock }) => stock >= 5)[index];
  if (found === undefined) throw new Error('the catalogue has too few products in stock');
  return found;
};

describe('the catalogue', () => {
  it('has at least 30 products with Japanese and English names', async () => {
    const { body } = await request<{ total: number; items: Product[] }>(system.url, 'GET', '/products?page=1');
    expect(body.total).toBeGreaterThanOrEqual(30);
    for (const { name, priceYen } of body.items) {
      expect(name.ja).toMatch(/[\u3040-\u30ff\u4e00-\u9fff]/);
      expect(name.en).toMatch(/[A-Za-z]/);
      expect(Number.isInteger(priceYen)).toBe(true);
    }
  });

  it('finds a product in either language', async () => {
    const wanted = inStock(0);
    for (const name of [wanted.name.ja, wanted.name.en]) {
      const { body } = await request<{ items: Product[] }>(system.url, 'GET', `/products?q=${encodeURIComponent(name)}`);
      expect(body.items.map(({ id }) => id)).toContain(wanted.id);
    }
  });

  it('answers 404 with a problem for an unknown product', async () => {
    const { status, headers, body } = await request<Problem>(system.url, 'GET', '/products/no-such-thing');
    expect([status, headers.get('content-type')?.split(';')[0]]).toEqual([404, 'application/problem+json']);
    expect(body.detail).toContain('no-such-thing');
  });
});

describe('an order', () => {
  it('is confirmed when the card succeeds, and every step can be followed', async () => {
    const bought = inStock(0);
    const before = (await product(system.url, bought.id)).stock;
    const accepted = await buyer.order(bought.id, { quantity: 2 });
    expect(accepted.status).toBe(202);
    expect(await buyer.settled(accepted.body.id)).toMatchObject({ status: 'confirmed', totalYen: 2 * bought.priceYen });
    expect((await product(system.url, bought.id)).stock).toBe(before - 2);
    const { body: saga } = await buyer.request<SagaStatus>('GET', `/orders/${accepted.body.id}/saga`);
    expect(saga.steps.length).toBeGreaterThanOrEqual(4);
    for (const step of saga.steps)
      expect(step).toMatchObject({ state: 'done', startedAt: expect.any(String), completedAt: expect.any(String) });
  });

  it('gives its stock back when the card is declined', async () => {
    const wanted = inStock(1);
    const { body } = await buyer.order(wanted.id, { card: cards.declined, quantity: 3 });
    const order = await buyer.settled(body.id);
    expect(order).toMatchObject({ status: 'cancelled', reason: expect.stringContaining('declined') });
    expect((await product(system.url, wanted.id)).stock).toBe(wanted.stock);
  });

  it('is confirmed and charged once when the card network times out once', async () => {
    const { body } = await buyer.order(inStock(2).id, { card: cards.timesOutOnce });
    expect(await buyer.settled(body.id)).toMatchObject({ status: 'confirmed' });
    expect(
      await query(system, 'payment_service', `SELECT * FROM payments WHERE order_id = '${body.id}' AND state = 'captured'`),
    ).toHaveLength(1);
  });

  it('is the same order when the same key comes again', async () => {
    const key = randomUUID();
    const [first, second] = await Promise.all([buyer.order(inStock(0).id, { key }), buyer.order(inStock(0).id, { key })]);
    const third = await buyer.order(inStock(0).id, { key });
    const accepted = [first, second, third].filter(({ status }) => status === 202);
    expect(accepted.length).toBeGreaterThanOrEqual(2);
    expect(new Set(accepted.map(({ body }) => body.id)).size).toBe(1);
    await buyer.settled(third.body.id);
    expect(await query(system, 'payment_service', `SELECT * FROM payments WHERE order_id = '${third.body.id}'`)).toHaveLength(1);
  });

  it('goes to exactly one of two buyers of the last piece', async () => {
    const wanted = inStock(3);
    await query(
      system,
      'product_service',
      `UPDATE stock SET initial = initial - available + 1, available = 1 WHERE product_id = '${wanted.id}'`,
    );
    const rival = await signUp(system.url);
    const orders = await Promise.all([buyer, rival].map(async (each) => each.settled((await each.order(wanted.id)).body.id)));
    expect(orders.map(({ status }) => status).sort()).toEqual(['cancelled', 'confirmed']);
    expect((await product(system.url, wanted.id)).stock).toBe(0);
  });

  it('is seen with its customer in one call', async () => {
    const { body } = await buyer.request<{ user: { id: string }; orders: Order[] }>('GET', `/users/${buyer.id}/orders`);
    expect(body.user.id).toBe(buyer.id);
    expect(body.orders.length).toBeGreaterThan(0);
  });

  it('is hidden from other customers', async () => {
    const { body } = await buyer.order(inStock(0).id);
    const stranger = await signUp(system.url);
    for (const path of [`/orders/${body.id}`, `/orders/${body.id}/saga`, `/users/${buyer.id}/orders`]) {
      expect((await stranger.request('GET', path)).status).toBe(404);
    }
    await buyer.settled(body.id);
  });
});

describe('bad input', () => {
  const item = (quantity: unknown): unknown => ({ items: [{ productId: inStock(0).id, quantity }], card: cards.succeeds });
  const post = (body: unknown, headers: Record<string, string> = { 'idempotency-key': randomUUID() }) =>
    buyer.request<Problem>('POST', '/orders', body, headers);

  it.each([0, -1, 1.5, 1e9, 'many', null])('refuses a quantity of %s and points at it', async (quantity) => {
    const { status, body } = await post(item(quantity));
    expect(status).toBe(400);
    expect(body.errors?.[0]?.pointer).toContain('quantity');
  });

  it('refuses a body that is not JSON', async () => {
    expect(await post('{"items": [')).toMatchObject({ status: 400, body: { title: expect.any(String) } });
  });

  it('refuses an order without a key', async () => {
    const { status, body } = await post(item(1), {});
    expect(status).toBe(400);
    expect(JSON.stringify(body).toLowerCase()).toContain('idempotency-key');
  });

  it('refuses an order for an unknown product and names it', async () => {
    const { status, body } = await post({ items: [{ productId: 'no-such-thing', quantity: 1 }], card: cards.succeeds });
    expect(status).toBe(422);
    expect(JSON.stringify(body)).toContain('no-such-thing');
  });

  it('refuses the same key with another body', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const { body } = await buyer.request<Order>('POST', '/orders', item(1), key);
    expect((await post(item(2), key)).status).toBe(422);
    await buyer.settled(body.id);
  });

  it.each([
    ['no token', undefined],
    ['nonsense', 'Bearer nonsense'],
    ['another scheme', 'Basic dTpw'],
  ])('refuses a request with %s', async (_what, authorization) => {
    const { status, headers } = await request(
      system.url,
      'GET',
      `/users/${buyer.id}/orders`,
      undefined,
      authorization === undefined ? {} : { authorization },
    );
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toContain('Bearer');
  });

  it('refuses a wrong password and a second account with the same address', async () => {
    const account = { email: `${randomUUID()}@example.jp`, password: 'correct horse battery' };
    await request(system.url, 'POST', '/users', { ...account, name: 'A' });
    expect((await request(system.url, 'POST', '/auth/token', { ...account, password: 'wrong' })).status).toBe(401);
    expect(
      (await request(system.url, 'POST', '/users', { ...account, email: account.email.toUpperCase(), name: 'B' })).status,
    ).toBe(409);
  });
});

describe('isolation', () => {
  it('lets no service open another’s database', async () => {
    const roles = ['user_service', 'product_service', 'order_service', 'payment_service', 'cart_service', 'notification_service'];
    for (const role of roles) {
      const rows = await query<{ datname: string }>(
        system,
        'postgres',
        `SELECT datname FROM pg_database WHERE datname = ANY ('{${roles.join(',')}}') AND has_database_privilege('${role}', datname, 'CONNECT')`,
      );
      expect(rows.map(({ datname }) => datname)).toEqual([role]);
    }
  });
});

it('ends with all books balanced and one invoice per confirmed order', async () => {
  const missing = await eventually('every confirmed order has one invoice', async () =>
    (await ordersWithoutOneInvoice(system)).length === 0 ? [] : undefined,
  );
  expect(missing).toEqual([]);
  await eventually('the books balance', async () => ((await brokenInvariants(system)).length === 0 ? true : undefined)).catch(
    () => undefined,
  );
  expect(await brokenInvariants(system)).toEqual([]);
});
