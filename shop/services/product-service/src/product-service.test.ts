import { randomUUID } from 'node:crypto';
import { createService, GrpcError } from '@hikyaku/service';
import { startPostgres, testSettings, type TestPostgres } from '@hikyaku/service/testing';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { stockContract } from '@shop/contracts/stock';
import { createProductService } from './product-service.ts';

let postgres: TestPostgres;
/** Two replicas over one database: the second answers every other stock call. */
let service: Awaited<ReturnType<typeof createProductService>>;
let second: typeof service;
let caller: Awaited<ReturnType<typeof createCaller>>;
let url: string;

beforeAll(async () => {
  postgres = await startPostgres();
  await postgres.createDatabase('product_service');
  await postgres.createDatabase('events');
  const env = {
    DATABASE_URL: postgres.url('product_service'),
    BROKER_URL: postgres.url('events'),
    ...testSettings,
    GRPC_PORT: '0',
    SWEEP_INTERVAL_MS: '50',
  };
  service = await createProductService(env);
  second = await createProductService(env);
  ({ url } = await service.start());
  await second.start();
  caller = await createCaller();
});

afterAll(async () => {
  await Promise.all([caller, service, second].map((part) => part.close()));
  await postgres.stop();
});

async function createCaller() {
  const kit = await createService({ name: 'caller', version: '1', config: {}, env: { LOG_LEVEL: 'silent' } });
  const stocks = [service, second].map(({ grpcPort }) =>
    kit.grpcClient('product-service', stockContract, { address: `127.0.0.1:${grpcPort}` }),
  );
  let calls = 0;
  const stock = (replica = calls++) => stocks[replica % stocks.length]!;
  return { stock, close: () => kit.close() };
}

type Json = Record<string, unknown>;

const get = async (path: string) => (await (await fetch(`${url}${path}`)).json()) as Json;

const browse = async (query: string) => (await get(`/products?${query}`)) as { items: Json[]; total: number };

const idsOf = async (query: string) => (await browse(query)).items.map(({ id }) => id);

type Items = { productId: string; quantity: number }[];

/** `done`, or the reason it was refused for. @param replica that is asked; otherwise one after the other. */
const reserve = async (orderId: string, items: Items, replica?: number): Promise<string> => {
  const [outcome = 'none'] = await reserveMany([{ orderId, items }], replica);
  return outcome.replace(/ .*/, '');
};

const commit = async (orderId: string): Promise<string> => (await commitMany([{ orderId }]))[0] ?? 'none';

const release = (orderId: string) => outcome(caller.stock().call('Release', { orderId }));

type Wish = { orderId: string; items: Items };

const wish = (...items: Items): Wish => ({ orderId: randomUUID(), items });

/** What became of each: `done`, or the reason it was refused for and the product that is short. */
async function reserveMany(orders: Wish[], replica?: number): Promise<string[]> {
  const { outcomes } = await caller.stock(replica).call('ReserveMany', { orders });
  return outcomes.map(({ refusal }) => (refusal ? `${refusal.reason} ${refusal.productId}`.trim() : 'done'));
}

async function commitMany(orders: { orderId: string }[]): Promise<string[]> {
  const { outcomes } = await caller.stock().call('CommitMany', { orders });
  return outcomes.map(({ refusal }) => refusal?.reason ?? 'done');
}

/** `done`, or the reason it was refused for. */
const outcome = (answer: Promise<unknown>): Promise<string> =>
  answer.then(
    () => 'done',
    (error: unknown) => {
      if (error instanceof GrpcError && error.reason !== undefined) return error.reason;
      throw error;
    },
  );

const happened = (type: string, orderId: string) =>
  service.database.transaction((tx) => service.bus.publish(tx, { type, subject: orderId, data: { orderId } }));

const eventually = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 10_000, interval: 30 });

const typeOf = async (response: Response) => ((await response.json()) as { type: string }).type;

const stockOf = (productId: string) =>
  service.database.one('SELECT initial, available, reserved, sold FROM stock WHERE product_id = $1', [productId]);

describe('the catalogue', () => {
  test('has at least thirty products, each with both names, a price and stock', async () => {
    const { items, total } = await browse('pageSize=100');
    expect(total).toBeGreaterThanOrEqual(30);
    expect(items).toHaveLength(total);
    for (const item of items) {
      expect(item).toMatchObject({ name: { ja: expect.stringMatching(/[぀-ヿ一-鿿]/), en: expect.stringMatching(/[A-Z]/) } });
      expect(item.priceYen).toSatisfy((price) => Number.isInteger(price) && Number(price) > 0);
      expect(item.stock).toSatisfy((stock) => Number.isInteger(stock) && Number(stock) > 0);
    }
  });

  test('comes in pages that together are everything once', async () => {
    const first = await idsOf('page=1&pageSize=20');
    const second = await idsOf('page=2&pageSize=20');
    const third = await idsOf('page=3&pageSize=20');
    expect(new Set([...first, ...second, ...third]).size).toBe(42);
    expect(await idsOf('page=4&pageSize=20')).toEqual([]);
  });

  test.each([
    ['鉄瓶', 'tetsubin-nambu'],
    ['cast-iron kettle', 'tetsubin-nambu'],
    ['ＴＯＫＯＮＡＭＥ', 'kyusu-tokoname'],
    ['急須　常滑', 'kyusu-tokoname'],
  ])('finds %j in both languages', async (query, id) => {
    expect(await idsOf(`q=${encodeURIComponent(query)}`)).toEqual([id]);
  });

  test('finds nothing for words that are nowhere, wildcards included', async () => {
    expect(await idsOf('q=zzz')).toEqual([]);
    expect(await idsOf('q=%25')).toEqual([]);
  });

  test('narrows to a category', async () => {
    expect(await idsOf('category=tea&q=uji')).toEqual(['genmaicha-matcha', 'matcha-uji']);
  });

  test.each(['page=0', 'page=x', 'pageSize=101', 'category=cars'])('refuses %s', async (query) => {
    const response = await fetch(`${url}/products?${query}`);
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
  });

  test('shows one product, and says so when there is none', async () => {
    expect(await get('/products/raku-tea-bowl')).toMatchObject({ id: 'raku-tea-bowl', category: 'tableware', stock: 1 });
    const missing = await fetch(`${url}/products/nothing`);
    expect(missing.status).toBe(404);
    expect(await typeOf(missing)).toBe('urn:shop:problem:unknown_product');
  });
});

describe('prices', () => {
  test('are those of the products that exist', async () => {
    const { items } = (await get('/internal/products?ids=raku-tea-bowl,nothing')) as { items: Json[] };
    expect(items).toMatchObject([{ id: 'raku-tea-bowl', priceYen: expect.any(Number), stock: 1 }]);
  });
});

describe('stock', () => {
  test('is held once, however often the order asks', async () => {
    const order = randomUUID();
    const items = [{ productId: 'matcha-uji', quantity: 2 }];
    expect(await Promise.all([reserve(order, items), reserve(order, items), reserve(order, items)])).toEqual([
      'done',
      'done',
      'done',
    ]);
    expect(await stockOf('matcha-uji')).toEqual({ initial: 90, available: 88, reserved: 2, sold: 0 });
  });

  test('for one goes to exactly one of ten buyers, a hundred times, whichever replica they ask', async () => {
    const wins = [0, 0];
    for (let round = 0; round < 100; round++) {
      const buyers = Array.from({ length: 10 }, (_, index) => ({ id: randomUUID(), replica: (round + index) % 2 }));
      const outcomes = await Promise.all(
        buyers.map(({ id, replica }) => reserve(id, [{ productId: 'raku-tea-bowl', quantity: 1 }], replica)),
      );
      expect(outcomes.toSorted()).toEqual(['done', ...Array.from({ length: 9 }, () => 'out_of_stock')]);
      expect(await stockOf('raku-tea-bowl')).toEqual({ initial: 1, available: 0, reserved: 1, sold: 0 });
      const winner = buyers[outcomes.indexOf('done')]!;
      wins[winner.replica]!++;
      expect(await release(winner.id)).toBe('done');
    }
    expect(wins).toEqual([expect.toSatisfy((won: number) => won > 0), expect.toSatisfy((won: number) => won > 0)]);
  });

  test('that is short is named', async () => {
    const items = [{ productId: 'fountain-pen-urushi', quantity: 13 }];
    expect(await reserveMany([{ orderId: randomUUID(), items }])).toEqual(['out_of_stock fountain-pen-urushi']);
  });

  test('is not held in part when one product of the order is short', async () => {
    const items = [
      { productId: 'hojicha-kyoto', quantity: 1 },
      { productId: 'fountain-pen-urushi', quantity: 13 },
    ];
    expect(await reserve(randomUUID(), items)).toBe('out_of_stock');
    expect(await stockOf('hojicha-kyoto')).toMatchObject({ available: 300, reserved: 0 });
  });

  test('comes back when the order is given up, once', async () => {
    const order = randomUUID();
    await reserve(order, [{ productId: 'noren-linen', quantity: 4 }]);
    expect(await release(order)).toBe('done');
    expect(await release(order)).toBe('done');
    expect(await stockOf('noren-linen')).toMatchObject({ available: 24, reserved: 0 });
  });

  test('is refused to an order that was given up before it asked', async () => {
    const order = randomUUID();
    expect(await release(order)).toBe('done');
    expect(await reserve(order, [{ productId: 'noren-linen', quantity: 4 }])).toBe('reservation_released');
    expect(await stockOf('noren-linen')).toMatchObject({ available: 24, reserved: 0 });
  });

  test('adds up after many orders at once that want the same products in different orders', async () => {
    const products = ['andon-lamp', 'furin-nambu', 'tabi-socks'];
    const orders = Array.from({ length: 30 }, (_, index) => ({
      id: randomUUID(),
      items: (index % 2 === 0 ? products : products.toReversed()).map((productId) => ({ productId, quantity: 1 })),
    }));
    const outcomes = await Promise.all(orders.map(({ id, items }) => reserve(id, items)));
    expect(outcomes.filter((found) => found === 'done')).toHaveLength(26);
    expect(outcomes.filter((found) => found === 'out_of_stock')).toHaveLength(4);
    expect(await stockOf('andon-lamp')).toMatchObject({ available: 0, reserved: 26 });
    expect(await stockOf('tabi-socks')).toMatchObject({ available: 260 - 26, reserved: 26 });
  });

  test('is kept for a confirmed order, sold when its parcel is sent, and then cannot be released', async () => {
    const order = randomUUID();
    await reserve(order, [{ productId: 'donabe-iga', quantity: 2 }]);
    expect(await commit(order)).toBe('done');
    await happened('order.shipped', order);
    await eventually(async () => {
      expect(await stockOf('donabe-iga')).toEqual({ initial: 22, available: 20, reserved: 0, sold: 2 });
    });
    expect(await release(order)).toBe('reservation_sold');
  });

  test('of many orders whose parcels are sent at once is sold, and of those that are cancelled comes back', async () => {
    const products = ['hatcho-miso', 'kioke-shoyu', 'umeboshi-kishu'];
    const orders = Array.from({ length: 40 }, (_, index) => ({
      orderId: randomUUID(),
      items: (index % 2 === 0 ? products : products.toReversed()).map((productId) => ({ productId, quantity: 1 })),
    }));
    await reserveMany(orders);
    const nothing = { orderId: randomUUID() };
    await service.database.transaction(async (tx) => {
      for (const [index, { orderId }] of [...orders, nothing].entries()) {
        const type = index % 4 === 3 ? 'order.cancelled' : 'order.shipped';
        await service.bus.publish(tx, { type, subject: orderId, data: { orderId } });
      }
    });
    // Meanwhile checkouts give back the same pieces and take others.
    const others = orders.map(({ items }) => ({ orderId: randomUUID(), items }));
    const cancelled = orders.filter((_, index) => index % 4 === 3);
    await Promise.all([reserveMany(others), ...cancelled.map(({ orderId }) => release(orderId))]);
    await eventually(async () => {
      for (const product of products) expect(await stockOf(product)).toMatchObject({ reserved: 40, sold: 30 });
    });
  });

  test('of a cancelled order comes back, also when nobody asked', async () => {
    const order = randomUUID();
    await reserve(order, [{ productId: 'tenugui-asanoha', quantity: 3 }]);
    const before = await stockOf('tenugui-asanoha');
    expect(before).toMatchObject({ reserved: 3 });
    await happened('order.cancelled', order);
    await eventually(async () => {
      expect(await stockOf('tenugui-asanoha')).toMatchObject({ reserved: 0 });
    });
  });
});

describe('stock for several orders at once', () => {
  test('is held for each, once, and a refusal concerns its own order only', async () => {
    const given = wish({ productId: 'fude-brush-kumano', quantity: 1 });
    expect(await release(given.orderId)).toBe('done');
    const held = wish({ productId: 'fude-brush-kumano', quantity: 2 }, { productId: 'sumi-ink-nara', quantity: 1 });
    const orders = [
      held,
      wish({ productId: 'sumi-ink-nara', quantity: 81 }),
      given,
      wish({ productId: 'no-such-thing', quantity: 1 }),
      wish({ productId: 'fude-brush-kumano', quantity: 3 }),
      held,
    ];
    const outcomes = ['done', 'out_of_stock sumi-ink-nara', 'reservation_released', 'out_of_stock no-such-thing', 'done', 'done'];
    expect(await reserveMany(orders)).toEqual(outcomes);
    expect(await reserveMany(orders)).toEqual(outcomes);
    expect(await stockOf('fude-brush-kumano')).toEqual({ initial: 60, available: 55, reserved: 5, sold: 0 });
    expect(await stockOf('sumi-ink-nara')).toEqual({ initial: 80, available: 79, reserved: 1, sold: 0 });
    const refused = 'reservation_released';
    expect(await commitMany(orders)).toEqual(['done', refused, refused, refused, 'done', 'done']);
  });

  test('goes to exactly one of ten buyers of the last piece, whichever replica they ask', async () => {
    for (let round = 0; round < 20; round++) {
      const orders = Array.from({ length: 10 }, () => wish({ productId: 'raku-tea-bowl', quantity: 1 }));
      const outcomes = (await Promise.all([reserveMany(orders.slice(0, 5), 0), reserveMany(orders.slice(5), 1)])).flat();
      expect(outcomes.toSorted()).toEqual(['done', ...Array.from({ length: 9 }, () => 'out_of_stock raku-tea-bowl')]);
      expect(await stockOf('raku-tea-bowl')).toEqual({ initial: 1, available: 0, reserved: 1, sold: 0 });
      expect(await release(orders[outcomes.indexOf('done')]!.orderId)).toBe('done');
    }
  });

  test('adds up when many want the same products in different orders, from both replicas, and some are asked for twice', async () => {
    const products = ['imabari-bath-towel', 'notebook-grid-a5', 'washi-letter-set'];
    const orders = Array.from({ length: 60 }, (_, index) =>
      wish(...(index % 2 === 0 ? products : products.toReversed()).map((productId) => ({ productId, quantity: 1 }))),
    );
    const rounds = [orders, orders.toReversed(), orders.slice(20, 50), orders.slice(10, 40).toReversed()];
    const outcomes = await Promise.all(rounds.map((some, index) => reserveMany(some, index)));
    expect(new Set(outcomes.flat())).toEqual(new Set(['done']));
    for (const product of products) expect(await stockOf(product)).toMatchObject({ reserved: 60, sold: 0 });
    const kept = await Promise.all([commitMany(orders), commitMany(orders.toReversed())]);
    expect(new Set(kept.flat())).toEqual(new Set(['done']));
  });

  test.each([
    ['no orders', [], '/orders'],
    ['too many', Array.from({ length: 101 }, () => wish({ productId: 'yuzu-kosho', quantity: 1 })), '/orders'],
  ])('is refused to a call that names %s, pointing at the place', async (_what, orders, place) => {
    await expect(caller.stock().call('ReserveMany', { orders })).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
      message: expect.stringContaining(place),
    });
  });
});

describe('a reservation whose time is up', () => {
  const timeIsUp = (orderId: string) =>
    service.database.query(`UPDATE reservations SET expires_at = now() WHERE order_id = $1`, [orderId]);

  test('gives its pieces back, and cannot be had again', async () => {
    const order = randomUUID();
    await reserve(order, [{ productId: 'zabuton-kurume', quantity: 2 }]);
    await timeIsUp(order);
    await eventually(async () => {
      expect(await stockOf('zabuton-kurume')).toMatchObject({ reserved: 0 });
    });
    expect(await reserve(order, [{ productId: 'zabuton-kurume', quantity: 2 }])).toBe('reservation_expired');
  });

  test('is taken again when its order is to be confirmed after all', async () => {
    const order = randomUUID();
    await reserve(order, [{ productId: 'kokeshi-tsugaru', quantity: 2 }]);
    await timeIsUp(order);
    await eventually(async () => {
      expect(await stockOf('kokeshi-tsugaru')).toMatchObject({ reserved: 0 });
    });
    expect([await commit(order), await commit(order)]).toEqual(['done', 'done']);
    expect(await stockOf('kokeshi-tsugaru')).toMatchObject({ reserved: 2 });
  });

  test('is refused to its order when others have bought the pieces meanwhile, and nothing else is held', async () => {
    const late = randomUUID();
    await reserve(late, [
      { productId: 'edo-kiriko-glass', quantity: 1 },
      { productId: 'indigo-stole', quantity: 28 },
    ]);
    await timeIsUp(late);
    await eventually(async () => {
      expect(await stockOf('indigo-stole')).toMatchObject({ reserved: 0 });
    });
    const quick = randomUUID();
    expect(await reserve(quick, [{ productId: 'indigo-stole', quantity: 1 }])).toBe('done');
    expect(await commit(late)).toBe('out_of_stock');
    expect(await stockOf('edo-kiriko-glass')).toMatchObject({ available: 15, reserved: 0 });
    expect(await stockOf('indigo-stole')).toMatchObject({ available: 27, reserved: 1 });
  });

  test('stays when its order is to be confirmed', async () => {
    const order = randomUUID();
    await reserve(order, [{ productId: 'yuzu-kosho', quantity: 1 }]);
    expect(await commit(order)).toBe('done');
    await timeIsUp(order);
    const due = randomUUID();
    await reserve(due, [{ productId: 'yuzu-kosho', quantity: 1 }]);
    await timeIsUp(due);
    // The sweep that ends the one has looked at the other, too.
    await eventually(async () => {
      expect(await stockOf('yuzu-kosho')).toMatchObject({ reserved: 1 });
    });
  });
});

test('an order that was given up, or never asked, has nothing to keep', async () => {
  const order = randomUUID();
  expect(await commit(order)).toBe('reservation_released');
  await reserve(order, [{ productId: 'noren-linen', quantity: 1 }]);
  await release(order);
  expect(await commit(order)).toBe('reservation_released');
  expect(await stockOf('noren-linen')).toMatchObject({ available: 24, reserved: 0 });
});

describe('a call that cannot be meant', () => {
  test.each([
    ['no UUID', { orderId: 'order-1', items: [{ productId: 'yuzu-kosho', quantity: 1 }] }, '/orderId'],
    ['nothing', { orderId: randomUUID(), items: [] }, '/items'],
    ['no piece', { orderId: randomUUID(), items: [{ productId: 'yuzu-kosho', quantity: 0 }] }, '/items/0/quantity'],
    [
      'a product twice',
      { orderId: randomUUID(), items: ['yuzu-kosho', 'yuzu-kosho'].map((productId) => ({ productId, quantity: 1 })) },
      'twice',
    ],
  ])('because it names %s is refused, pointing at the place', async (_what, request, place) => {
    const refused = caller.stock().call('ReserveMany', { orders: [request] });
    await expect(refused).rejects.toMatchObject({ status: 'INVALID_ARGUMENT', message: expect.stringContaining(place) });
  });
});
