import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { startIssuer, startPostgres, testSettings, type TestIssuer, type TestPostgres, until } from '@hikyaku/service/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { boughtOrders } from './adapters/cart-book.ts';
import { createCartService } from './cart-service.ts';

type Json = Record<string, unknown>;
type Cart = { items: Json[]; totalYen?: number; prices: string; updatedAt?: string };

const sencha = { id: 'sencha', name: { ja: '煎茶', en: 'Sencha' }, priceYen: 1480, stock: 240 };
const kyusu = { id: 'kyusu', name: { ja: '急須', en: 'Teapot' }, priceYen: 7480, stock: 0 };

let postgres: TestPostgres;
let issuer: TestIssuer;
let catalogue: Server;
/** What the product service has, or how it fails. */
let products: (typeof sencha)[] | 'broken' | 'silent';
let lookUps = 0;
let service: Awaited<ReturnType<typeof createCartService>>;
let url: string;
/** What was published as `cart.cleared`. */
const cleared: Json[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
  await postgres.createDatabase('cart_service');
  await postgres.createDatabase('events');
  issuer = await startIssuer();
  catalogue = createServer((request, response) => {
    lookUps++;
    if (products === 'silent') return;
    const ids = new URL(request.url ?? '', 'http://catalogue').searchParams.get('ids')?.split(',') ?? [];
    const items = products === 'broken' ? [] : products.filter(({ id }) => ids.includes(id));
    response.writeHead(products === 'broken' ? 500 : 200, { 'content-type': 'application/json' }).end(JSON.stringify({ items }));
  }).listen(0, '127.0.0.1');
  await once(catalogue, 'listening');
  const address = catalogue.address();
  service = await createCartService({
    DATABASE_URL: postgres.url('cart_service'),
    BROKER_URL: postgres.url('events'),
    PRODUCT_SERVICE_URL: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    CATALOGUE_TIMEOUT_MS: '1000',
    JWKS_URL: issuer.jwksUrl,
    ...testSettings,
  });
  service.bus.subscribe({ group: 'observer', topics: ['cart.cleared'] }, ({ data }) => {
    cleared.push(data as Json);
    return Promise.resolve();
  });
  ({ url } = await service.start());
});

beforeEach(() => {
  products = [sencha, kyusu];
  lookUps = 0;
});

afterAll(async () => {
  await service.close();
  issuer.close();
  catalogue.closeAllConnections();
  catalogue.close();
  await postgres.stop();
});

async function call(method: string, path: string, { user, body }: { user?: string; body?: unknown } = {}) {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(user !== undefined && { authorization: `Bearer ${await issuer.tokenOf(user)}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  // The shape is what the test asserts next.
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Cart & Json };
}

const put = (user: string, productId: string, quantity: unknown) =>
  call('PUT', `/cart/items/${productId}`, { user, body: { quantity } });

const cartOf = async (user: string) => (await call('GET', '/cart', { user })).body;

const linesOf = async (user: string) => (await cartOf(user)).items.map(({ productId, quantity }) => [productId, quantity]);

const clear = (user: string, orderId: string, items: unknown) =>
  call('POST', '/internal/bought-orders', { body: { orders: [{ orderId, userId: user, items }] } });

type Item = { productId: string; quantity: number };

/** Publishes what became of an order, and waits until the service has handled it. */
async function told(type: string, { userId, orderId }: { userId: string; orderId: string }, items: Item[]): Promise<void> {
  const id = randomUUID();
  const named = items.map((item) => ({ ...item, name: sencha.name, unitPriceYen: sencha.priceYen }));
  await service.database.transaction((tx) =>
    service.bus.publish(tx, { id, type, subject: orderId, data: { orderId, userId, items: named, totalYen: 1480 } }),
  );
  await until('the event is handled', () => service.database.one('SELECT 1 FROM hikyaku.inbox WHERE event_id = $1', [id]));
}

const confirmed = (userId: string, orderId: string, items: Item[]) => told('order.confirmed', { userId, orderId }, items);
const cancelled = (userId: string, orderId: string, items: Item[]) => told('order.cancelled', { userId, orderId }, items);

describe('a cart', () => {
  test('is empty at first', async () => {
    expect(await cartOf(randomUUID())).toEqual({ items: [], totalYen: 0, prices: 'current' });
    expect(lookUps).toBe(0);
  });

  test('has names, prices and stock as the catalogue has them now', async () => {
    const user = randomUUID();
    await put(user, 'sencha', 2);
    await put(user, 'kyusu', 1);
    products = [{ ...sencha, priceYen: 1500 }, kyusu];
    expect(await cartOf(user)).toEqual({
      items: [
        { productId: 'sencha', quantity: 2, available: true, name: sencha.name, unitPriceYen: 1500, stock: 240 },
        { productId: 'kyusu', quantity: 1, available: true, name: kyusu.name, unitPriceYen: 7480, stock: 0 },
      ],
      totalYen: 2 * 1500 + 7480,
      prices: 'current',
      updatedAt: expect.any(String),
    });
  });

  test('asks the catalogue once, however many products it has', async () => {
    const user = randomUUID();
    await put(user, 'sencha', 2);
    const { body } = await put(user, 'kyusu', 3);
    expect(body.items).toHaveLength(2);
    expect(lookUps).toBe(2);
  });

  test('can be changed and emptied', async () => {
    const user = randomUUID();
    await put(user, 'sencha', 2);
    await put(user, 'sencha', 5);
    await put(user, 'kyusu', 1);
    expect(await linesOf(user)).toEqual([
      ['sencha', 5],
      ['kyusu', 1],
    ]);
    expect((await call('DELETE', '/cart/items/sencha', { user })).status).toBe(204);
    expect(await linesOf(user)).toEqual([['kyusu', 1]]);
    expect((await call('DELETE', '/cart', { user })).status).toBe(204);
    expect(await linesOf(user)).toEqual([]);
  });

  test('loses no change when several come at once', async () => {
    const user = randomUUID();
    products = Array.from({ length: 20 }, (_, index) => ({ ...sencha, id: `p${index}` }));
    await Promise.all(products.map(({ id }) => put(user, id, 1)));
    expect(await linesOf(user)).toHaveLength(20);
  });

  test('takes in what was put into it before signing in, once', async () => {
    const user = randomUUID();
    await put(user, 'sencha', 2);
    const items = [
      { productId: 'kyusu', quantity: 1 },
      { productId: 'sencha', quantity: 3 },
    ];
    const merge = () => call('POST', '/cart/merge', { user, body: { items } });
    expect([(await merge()).status, (await merge()).status]).toEqual([200, 200]);
    expect(await linesOf(user)).toEqual([
      ['sencha', 3],
      ['kyusu', 1],
    ]);
  });

  test('is everybody’s own', async () => {
    const [one, other] = [randomUUID(), randomUUID()];
    await put(one, 'sencha', 2);
    expect(await linesOf(other)).toEqual([]);
    expect((await call('GET', '/cart')).status).toBe(401);
  });
});

describe('when the catalogue changes or is away', () => {
  test('a product that has gone is shown as unavailable, and not counted', async () => {
    const user = randomUUID();
    await put(user, 'sencha', 2);
    await put(user, 'kyusu', 1);
    products = [kyusu];
    const cart = await cartOf(user);
    expect(cart.items[0]).toEqual({ productId: 'sencha', quantity: 2, available: false });
    expect(cart.totalYen).toBe(7480);
  });

  test.each(['broken', 'silent'] as const)('the cart answers without prices while it is %s, and says so', async (state) => {
    const user = randomUUID();
    await put(user, 'sencha', 2);
    products = state;
    expect(await cartOf(user)).toEqual({
      items: [{ productId: 'sencha', quantity: 2 }],
      prices: 'missing',
      updatedAt: expect.any(String),
    });
  });

  test('the cart can still be filled', async () => {
    const user = randomUUID();
    products = 'broken';
    expect(await put(user, 'sencha', 1)).toMatchObject({ status: 200, body: { prices: 'missing' } });
    products = [sencha];
    expect(await cartOf(user)).toMatchObject({ totalYen: 1480, prices: 'current' });
  });
});

describe('bad input', () => {
  test.each([0, -1, 100, 1.5, '2', null])('a quantity of %j is refused and pointed at', async (quantity) => {
    const { status, body } = await put(randomUUID(), 'sencha', quantity);
    expect([status, body.errors]).toMatchObject([400, [{ in: 'body', pointer: '#/quantity' }]]);
  });

  test('an unknown product is refused and pointed at, and the cart stays as it was', async () => {
    const user = randomUUID();
    const { status, body } = await put(user, 'nothing', 1);
    expect([status, body.type]).toEqual([422, 'urn:shop:problem:unknown_product']);
    expect(body.errors).toMatchObject([{ in: 'path', pointer: '#/productId', detail: expect.stringContaining('nothing') }]);
    expect(await linesOf(user)).toEqual([]);
  });

  test('every unknown product of a merge is pointed at, and nothing is merged', async () => {
    const user = randomUUID();
    const items = ['nothing', 'sencha', 'nowhere'].map((productId) => ({ productId, quantity: 1 }));
    const { status, body } = await call('POST', '/cart/merge', { user, body: { items } });
    expect(status).toBe(422);
    expect(body.errors).toMatchObject([{ pointer: '#/items/0/productId' }, { pointer: '#/items/2/productId' }]);
    expect(await linesOf(user)).toEqual([]);
  });

  test.each(['a,b', '%00', '-', 'x%20y'])('%j is no id of a product', async (id) => {
    expect((await put(randomUUID(), id, 1)).status).toBe(400);
  });

  test('a cart does not hold more than 50 products', async () => {
    const user = randomUUID();
    products = Array.from({ length: 51 }, (_, index) => ({ ...sencha, id: `p${index}` }));
    const items = products.slice(0, 50).map(({ id }) => ({ productId: id, quantity: 1 }));
    expect((await call('POST', '/cart/merge', { user, body: { items } })).status).toBe(200);
    const { status, body } = await put(user, 'p50', 1);
    expect([status, body.type]).toEqual([422, 'urn:shop:problem:cart_full']);
  });
});

describe('what an order bought', () => {
  const bought = [{ productId: 'sencha', quantity: 2 }];

  test('is taken out once, whether the event or the saga comes first', async () => {
    const [user, orderId] = [randomUUID(), randomUUID()];
    await put(user, 'sencha', 5);
    expect((await clear(user, orderId, bought)).status).toBe(204);
    expect((await clear(user, orderId, bought)).status).toBe(204);
    await confirmed(user, orderId, bought);
    expect(await linesOf(user)).toEqual([['sencha', 3]]);
    const another = randomUUID();
    await confirmed(user, another, [{ productId: 'sencha', quantity: 1 }]);
    await clear(user, another, [{ productId: 'sencha', quantity: 1 }]);
    expect(await linesOf(user)).toEqual([['sencha', 2]]);
  });

  test('by several orders that are asked about together is taken out for each', async () => {
    const [user, another] = [randomUUID(), randomUUID()];
    await put(user, 'sencha', 5);
    await put(another, 'sencha', 4);
    const orders = [user, another, user].map((userId) => ({ orderId: randomUUID(), userId, items: bought }));
    expect((await call('POST', '/internal/bought-orders', { body: { orders } })).status).toBe(204);
    expect((await call('POST', '/internal/bought-orders', { body: { orders } })).status).toBe(204);
    expect([await linesOf(user), await linesOf(another)]).toEqual([[['sencha', 1]], [['sencha', 2]]]);
  });

  test('is taken out of each buyer’s cart when many orders are confirmed at once', async () => {
    const users = Array.from({ length: 10 }, () => randomUUID());
    for (const user of users) await put(user, 'sencha', 5);
    const nobody = randomUUID();
    await Promise.all([...users, ...users, nobody].map((user) => confirmed(user, randomUUID(), bought)));
    expect(await Promise.all(users.map(linesOf))).toEqual(users.map(() => [['sencha', 1]]));
    expect(await linesOf(nobody)).toEqual([]);
  });

  test('at the same time by several requests is taken out once', async () => {
    const [user, orderId] = [randomUUID(), randomUUID()];
    await put(user, 'sencha', 9);
    await Promise.all([1, 2, 3, 4].map(() => clear(user, orderId, bought)));
    expect(await linesOf(user)).toEqual([['sencha', 7]]);
  });

  test('comes back when the order is cancelled, and no more than was taken', async () => {
    const [user, orderId] = [randomUUID(), randomUUID()];
    await put(user, 'sencha', 1);
    await confirmed(user, orderId, bought);
    expect(await linesOf(user)).toEqual([]);
    await put(user, 'kyusu', 1);
    await cancelled(user, orderId, bought);
    await cancelled(user, orderId, bought);
    expect(await linesOf(user)).toEqual([
      ['kyusu', 1],
      ['sencha', 1],
    ]);
  });

  test('comes back when the order is cancelled while it is being taken out', async () => {
    const { database } = service;
    const [userId, orderId] = [randomUUID(), randomUUID()];
    const lines = [{ productId: 'sencha', quantity: 2 }];
    let left: Promise<unknown> = Promise.resolve();
    await database.transaction(async (tx) => {
      await boughtOrders(tx).enter([{ orderId, userId }]);
      left = database.transaction((other) => boughtOrders(other).leave({ orderId, userId }));
      const sql = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
      await until('the cancelling to wait', () => database.one(sql));
      await boughtOrders(tx).noteTaken(orderId, lines);
    });
    expect(await left).toEqual(lines);
  });

  test('stays in the cart when the order is cancelled before it was taken out', async () => {
    const [user, orderId] = [randomUUID(), randomUUID()];
    await put(user, 'sencha', 2);
    await cancelled(user, orderId, bought);
    await clear(user, orderId, bought);
    expect(await linesOf(user)).toEqual([['sencha', 2]]);
  });

  test('is told once, and not at all when it was in no cart', async () => {
    const [user, first, none, last] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
    await put(user, 'sencha', 4);
    await clear(user, first, bought);
    await clear(user, first, bought);
    await clear(user, none, [{ productId: 'kyusu', quantity: 1 }]);
    await clear(user, last, bought);
    const news = await until('the last one is told', () => {
      const own = cleared.filter(({ userId }) => userId === user);
      return own.some(({ orderId }) => orderId === last) && own.some(({ orderId }) => orderId === first) ? own : undefined;
    });
    expect(news.map(({ orderId }) => orderId).sort()).toEqual([first, last].sort());
  });
});
