import { randomUUID } from 'node:crypto';
import { startPostgres, type TestPostgres } from '@hikyaku/service/testing';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createProductService } from './product-service.ts';

let postgres: TestPostgres;
let service: Awaited<ReturnType<typeof createProductService>>;
let url: string;

beforeAll(async () => {
  postgres = await startPostgres();
  await postgres.createDatabase('product_service');
  await postgres.createDatabase('events');
  service = await createProductService({
    DATABASE_URL: postgres.url('product_service'),
    BROKER_URL: postgres.url('events'),
    HOST: '127.0.0.1',
    PORT: '0',
    LOG_LEVEL: 'silent',
    DRAIN_DELAY_MS: '0',
  });
  ({ url } = await service.start());
});

afterAll(async () => {
  await service.close();
  await postgres.stop();
});

type Json = Record<string, unknown>;

const get = async (path: string) => (await (await fetch(`${url}${path}`)).json()) as Json;

const browse = async (query: string) => (await get(`/products?${query}`)) as { items: Json[]; total: number };

const idsOf = async (query: string) => (await browse(query)).items.map(({ id }) => id);

const reserve = (orderId: string, items: { productId: string; quantity: number }[]) =>
  fetch(`${url}/internal/reservations/${orderId}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ items }),
  });

const release = (orderId: string) => fetch(`${url}/internal/reservations/${orderId}`, { method: 'DELETE' });

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

describe('stock', () => {
  test('is held once, however often the order asks', async () => {
    const order = randomUUID();
    const items = [{ productId: 'matcha-uji', quantity: 2 }];
    const answers = await Promise.all([reserve(order, items), reserve(order, items), reserve(order, items)]);
    expect(answers.map(({ status }) => status)).toEqual([204, 204, 204]);
    expect(await stockOf('matcha-uji')).toEqual({ initial: 90, available: 88, reserved: 2, sold: 0 });
  });

  test('goes to one of two buyers of the last piece', async () => {
    const answers = await Promise.all([1, 2].map(() => reserve(randomUUID(), [{ productId: 'raku-tea-bowl', quantity: 1 }])));
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 409]);
    const refused = answers.find(({ status }) => status === 409);
    expect(await refused?.json()).toMatchObject({ type: 'urn:shop:problem:out_of_stock', productId: 'raku-tea-bowl' });
    expect(await stockOf('raku-tea-bowl')).toEqual({ initial: 1, available: 0, reserved: 1, sold: 0 });
  });

  test('is not held in part when one product of the order is short', async () => {
    const items = [
      { productId: 'hojicha-kyoto', quantity: 1 },
      { productId: 'fountain-pen-urushi', quantity: 13 },
    ];
    expect((await reserve(randomUUID(), items)).status).toBe(409);
    expect(await stockOf('hojicha-kyoto')).toMatchObject({ available: 300, reserved: 0 });
  });

  test('comes back when the order is given up, once', async () => {
    const order = randomUUID();
    await reserve(order, [{ productId: 'noren-linen', quantity: 4 }]);
    expect((await release(order)).status).toBe(204);
    expect((await release(order)).status).toBe(204);
    expect(await stockOf('noren-linen')).toMatchObject({ available: 24, reserved: 0 });
  });

  test('is refused to an order that was given up before it asked', async () => {
    const order = randomUUID();
    expect((await release(order)).status).toBe(204);
    const late = await reserve(order, [{ productId: 'noren-linen', quantity: 4 }]);
    expect(late.status).toBe(409);
    expect(await typeOf(late)).toBe('urn:shop:problem:reservation_released');
    expect(await stockOf('noren-linen')).toMatchObject({ available: 24, reserved: 0 });
  });

  test('adds up after many orders at once that want the same products in different orders', async () => {
    const products = ['andon-lamp', 'furin-nambu', 'tabi-socks'];
    const orders = Array.from({ length: 30 }, (_, index) => ({
      id: randomUUID(),
      items: (index % 2 === 0 ? products : products.toReversed()).map((productId) => ({ productId, quantity: 1 })),
    }));
    const answers = await Promise.all(orders.map(({ id, items }) => reserve(id, items)));
    const held = answers.filter(({ status }) => status === 204).length;
    expect(held).toBe(26);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(4);
    expect(await stockOf('andon-lamp')).toMatchObject({ available: 0, reserved: 26 });
    expect(await stockOf('tabi-socks')).toMatchObject({ available: 260 - 26, reserved: 26 });
  });

  test('is sold when the order is confirmed, and then cannot be released', async () => {
    const order = randomUUID();
    await reserve(order, [{ productId: 'donabe-iga', quantity: 2 }]);
    const confirmed = { id: randomUUID(), type: 'order.confirmed', subject: order, data: { orderId: order } };
    await service.database.transaction((tx) => service.bus.publish(tx, confirmed));
    await vi.waitFor(
      async () => {
        expect(await stockOf('donabe-iga')).toEqual({ initial: 22, available: 20, reserved: 0, sold: 2 });
      },
      { timeout: 10_000, interval: 50 },
    );
    expect(await typeOf(await release(order))).toBe('urn:shop:problem:reservation_sold');
  });
});
