/**
 * An order as its events, over HTTP, with a real PostgreSQL and no other service: what happens to it is done by hand.
 */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { startIssuer, startPostgres, testSettings, type TestIssuer, type TestPostgres, until } from '@hikyaku/service/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { orderBook } from './adapters/order-book.ts';
import { orderProjection } from './adapters/order-projection.ts';
import { createOrderStore } from './adapters/order-store.ts';
import { simulatedCarrier } from './adapters/simulated-carrier.ts';
import type { OrderBook } from './application/order-book.ts';
import { cancel, confirm } from './application/settling.ts';
import { ship } from './application/shipping.ts';
import { placed } from './domain/order-commands.ts';
import { createOrderService } from './order-service.ts';

type Json = Record<string, unknown>;

const name = { ja: '茶', en: 'Tea' };
const items = [{ productId: 'tea', quantity: 2, unitPriceYen: 500, name }];
const shippingAddress = { name: '山田花子', postalCode: '100-0001', prefecture: '東京都', city: '千代田区', line1: '千代田1-1' };

let postgres: TestPostgres;
let issuer: TestIssuer;
let service: Awaited<ReturnType<typeof createOrderService>>;
let url: string;
let orders: OrderBook;
const news: { type: string; data: unknown }[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
  for (const database of ['order_service', 'events', 'old']) await postgres.createDatabase(database);
  issuer = await startIssuer();
  service = await createOrderService(env('order_service'));
  service.bus.subscribe({ group: 'watcher', topics: ['order.*'] }, ({ type, data }) => {
    news.push({ type, data });
    return Promise.resolve();
  });
  ({ url } = await service.start());
  const { database, bus, log } = service;
  const store = createOrderStore();
  orders = orderBook({ database, store, projection: orderProjection(database, { store, log }), bus });
}, 60_000);

afterAll(async () => {
  await service.close();
  issuer.close();
  await postgres.stop();
}, 30_000);

function env(database: string): Record<string, string> {
  return {
    DATABASE_URL: postgres.url(database),
    BROKER_URL: postgres.url('events'),
    JWKS_URL: issuer.jwksUrl,
    ...testSettings,
  };
}

async function call(path: string, { user = 'hanako', roles = [] as string[], method = 'GET' } = {}) {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${await issuer.tokenOf(user, { roles })}` },
  });
  return { status: response.status, body: (await response.json()) as Json };
}

async function anOrder(): Promise<string> {
  const id = randomUUID();
  await orders.change(id, () => [placed({ userId: 'hanako', items, totalYen: 1000, shippingAddress })]);
  return id;
}

async function historyOf(id: string): Promise<{ version: number; type: string; time: string; data: Json }[]> {
  const { body } = await call(`/orders/${id}/history`);
  return body.items as { version: number; type: string; time: string; data: Json }[];
}

describe('the history of an order', () => {
  test('says what happened, in order, with versions and times', async () => {
    const id = await anOrder();
    await confirm(orders, id);
    await ship(orders, simulatedCarrier(service.database), id);
    const history = await historyOf(id);
    expect(history.map(({ version, type }) => `${version} ${type}`)).toEqual([
      '1 OrderPlaced',
      '2 OrderConfirmed',
      '3 OrderShipped',
    ]);
    expect(history[0]?.data).toEqual({ userId: 'hanako', items, totalYen: 1000, shippingAddress });
    expect(history[2]?.data).toEqual({ trackingNumber: expect.stringMatching(/^\d{4}-\d{4}-\d{4}$/) });
    expect(history.map(({ time }) => time)).toEqual(history.map(({ time }) => new Date(time).toISOString()).sort());
  });

  test('is the buyer’s business only', async () => {
    const id = await anOrder();
    for (const path of [`/orders/${id}/history`, `/orders/${id}?version=1`])
      expect((await call(path, { user: 'taro' })).status).toBe(404);
    expect((await fetch(`${url}/orders/${id}/history`)).status).toBe(401);
    expect((await call(`/orders/${randomUUID()}/history`)).status).toBe(404);
    expect((await call('/orders/no-uuid/history')).status).toBe(404);
  });
});

describe('an order that is followed', () => {
  async function follow(id: string, { user = 'hanako', after = '' } = {}) {
    const authorization = `Bearer ${await issuer.tokenOf(user, {})}`;
    return fetch(`${url}/orders/${id}/events`, {
      headers: { authorization, ...(after !== '' && { 'last-event-id': after }) },
    });
  }

  /** What has been told so far, message by message. */
  function heardOn({ body }: Response): string[] {
    const heard = [''];
    void body?.pipeThrough(new TextDecoderStream()).pipeTo(
      new WritableStream({
        write: (text) => {
          const [first = '', ...others] = text.split('\n\n');
          heard.push(`${heard.pop() ?? ''}${first}`, ...others);
        },
      }),
    );
    return heard;
  }
  /** `id event status` of the messages about the order, and the states of its checkout. */
  const summary = (heard: readonly string[]) =>
    heard.flatMap((message) => {
      const [, id = '-', event, data = '{}'] = /^(?:id: (.+)\n)?event: (.+)\ndata: (.+)$/.exec(message) ?? [];
      if (event === undefined) return [];
      const { status, state, userId } = JSON.parse(data) as Record<string, string | undefined>;
      expect(userId).toBeUndefined();
      return [`${id} ${event} ${status ?? state ?? ''}`];
    });

  test('is told event by event as it happens, to the end', async () => {
    const id = await anOrder();
    const response = await follow(id.toUpperCase());
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    const heard = heardOn(response);
    await until('the beginning', () => summary(heard).length === 2);
    expect(summary(heard)).toEqual(['1 order pending', '- saga pending']);
    await confirm(orders, id);
    await until('the end', () => summary(heard).at(-1) === '- saga completed');
    expect(summary(heard)).toEqual(['1 order pending', '- saga pending', '2 order confirmed', '- saga completed']);
  });

  test('goes on behind what was heard, and says when there is no more to come', async () => {
    const id = await anOrder();
    await confirm(orders, id);
    await cancel(orders, id, 'shipping_failed');
    expect(summary((await (await follow(id)).text()).split('\n\n'))).toEqual(['3 order cancelled', '- saga compensated']);
    expect(summary((await (await follow(id, { after: '1' })).text()).split('\n\n'))).toEqual([
      '2 order confirmed',
      '3 order cancelled',
      '- saga compensated',
    ]);
    for (const after of ['3', '4']) expect((await follow(id, { after })).status).toBe(204);
    const { status } = await follow(id, { after: 'yesterday' });
    expect(status).toBe(400);
  });

  test('is the buyer’s business only', async () => {
    const id = await anOrder();
    expect((await follow(id, { user: 'taro' })).status).toBe(404);
    expect((await follow(randomUUID())).status).toBe(404);
    expect((await fetch(`${url}/orders/${id}/events`)).status).toBe(401);
  });

  test('is in the document of the service', async () => {
    const document = (await (await fetch(`${url}/openapi.json`)).json()) as { paths: Record<string, unknown> };
    expect(document.paths['/orders/{id}/events']).toMatchObject({
      get: { responses: { 200: { content: { 'text/event-stream': {} } } } },
    });
  });
});

describe('an order as it was', () => {
  test('is told by version and by time', async () => {
    const id = await anOrder();
    await confirm(orders, id);
    await cancel(orders, id, 'shipping_failed');
    const at = async (query: string) => (await call(`/orders/${id}?${query}`)).body;
    expect(await at('version=1')).toMatchObject({ status: 'pending', shippingAddress });
    expect(await at('version=2')).toMatchObject({ status: 'confirmed' });
    expect(await at('version=3')).toEqual((await call(`/orders/${id}`)).body);
    const history = await historyOf(id);
    const confirmed = new Date(history[1]?.time ?? '').getTime();
    expect(await at(`at=${history[2]?.time}`)).toMatchObject({ status: 'cancelled', reason: 'shipping_failed' });
    expect(await at('at=2999-01-01T00:00:00%2B09:00')).toMatchObject({ status: 'cancelled' });
    const placedAt = new Date(history[0]?.time ?? '').getTime();
    if (confirmed > placedAt)
      expect(await at(`at=${new Date(confirmed - 1).toISOString()}`)).toMatchObject({ status: 'pending' });
  });

  test.each([
    ['at=yesterday', ['#/at']],
    ['at=2026-02-31T00:00:00Z', ['#/at']],
    ['at=2026-01-01', ['#/at']],
    ['at=2026-01-01T00:00:00', ['#/at']],
    ['at=', ['#/at']],
    ['version=0', ['#/version']],
    ['version=-1', ['#/version']],
    ['version=1.5', ['#/version']],
    ['version=first', ['#/version']],
    ['version=1&at=2026-01-01T00:00:00Z', ['#/at', '#/version']],
  ])('cannot be asked for with %s', async (query, pointers) => {
    const { status, body } = await call(`/orders/${await anOrder()}?${query}`);
    expect(status).toBe(400);
    expect((body.errors as Json[]).map(({ in: place, pointer }) => [place, pointer])).toEqual(
      pointers.map((pointer) => ['query', pointer]),
    );
  });

  test('before it was placed, or later than it has come, is not found', async () => {
    const id = await anOrder();
    const early = await call(`/orders/${id}?at=2020-01-01T00:00:00Z`);
    expect([early.status, early.body.detail]).toEqual([404, expect.stringContaining('did not exist yet')]);
    const late = await call(`/orders/${id}?version=2`);
    expect([late.status, late.body.detail]).toEqual([404, 'The order has had 1 versions so far.']);
  });
});

test('what the buyer has to do about the payment is shown until the order is settled', async () => {
  const id = await anOrder();
  const actionUrl = 'https://bank.example/3ds/1';
  const required = {
    type: 'payment.action_required',
    subject: id,
    data: { orderId: id, userId: 'hanako', amountYen: 1000, actionUrl },
  };
  await service.database.transaction((tx) => service.bus.publish(tx, required));
  await until('the payment action', async () => (await call(`/orders/${id}`)).body.payment !== undefined);
  expect((await call(`/orders/${id}`)).body.payment).toEqual({ actionUrl });
  await confirm(orders, id);
  expect((await call(`/orders/${id}`)).body).not.toHaveProperty('payment');
  expect((await historyOf(id)).map(({ type }) => type)).toEqual([
    'OrderPlaced',
    'PaymentActionRequired',
    'PaymentActionCleared',
    'OrderConfirmed',
  ]);
});

test('other services hear what became of an order', async () => {
  const id = await anOrder();
  await confirm(orders, id);
  await ship(orders, simulatedCarrier(service.database), id);
  const { shipment } = (await call(`/orders/${id}`)).body as { shipment: { trackingNumber: string; shippedAt: string } };
  const own = () => news.filter(({ data }) => (data as Json).orderId === id);
  await until('the news', () => own().length === 3);
  const data = { orderId: id, userId: 'hanako', items, totalYen: 1000 };
  expect(own()).toEqual(
    expect.arrayContaining([
      { type: 'order.placed', data },
      { type: 'order.confirmed', data },
      { type: 'order.shipped', data: { ...data, trackingNumber: shipment.trackingNumber } },
    ]),
  );
});

describe('the carrier', () => {
  test('has one parcel per order, however often it is asked', async () => {
    const carrier = simulatedCarrier(service.database);
    const id = randomUUID();
    const answers = await Promise.all([1, 2, 3].map(() => carrier.book(id, shippingAddress)));
    expect(new Set(answers.map(({ trackingNumber }) => trackingNumber)).size).toBe(1);
  });

  test('does not go to 000-0000', async () => {
    const nowhere = { ...shippingAddress, postalCode: '000-0000' };
    await expect(simulatedCarrier(service.database).book(randomUUID(), nowhere)).rejects.toMatchObject({
      reason: 'shipping_failed',
    });
  });
});

describe('the table orders are read from', () => {
  const operator = { user: 'operator', roles: ['operator'] };

  test('is for operators to look after', async () => {
    expect((await call('/orders/projection')).status).toBe(403);
    expect((await call('/orders/projection/rebuild', { method: 'POST' })).status).toBe(403);
  });

  test('is rebuilt from the events while orders go on coming', async () => {
    const damaged = await anOrder();
    await service.database.query(`UPDATE orders SET status = 'cancelled', reason = 'damaged' WHERE id = $1`, [damaged]);
    const ends = Array.from({ length: 4 }, async (_, index) => {
      for (let round = 0; round < 10; round++) {
        const id = await anOrder();
        await (index % 2 === 0 ? confirm(orders, id) : cancel(orders, id, 'out_of_stock'));
        expect((await call(`/orders/${id}`)).body.status).toBe(index % 2 === 0 ? 'confirmed' : 'cancelled');
      }
    });
    const { status, body } = await call('/orders/projection/rebuild', { ...operator, method: 'POST' });
    expect([status, body.name]).toEqual([202, 'orders']);
    await until('the rebuild', async () => (await call('/orders/projection', operator)).body.state === 'live');
    await Promise.all(ends);
    expect((await call(`/orders/${damaged}`)).body.status).toBe('pending');
    const ids = await service.database.query('SELECT id FROM orders', [], ({ id }) => String(id));
    const streams = await service.database.one('SELECT count(DISTINCT stream_id) AS count FROM order_events');
    expect(ids).toHaveLength(Number(streams?.count));
    for (const id of ids) {
      const { length } = await historyOf(id);
      expect((await call(`/orders/${id}`)).body).toEqual((await call(`/orders/${id}?version=${length}`)).body);
    }
  });

  test('is rebuilt once at a time', async () => {
    const asked = () => call('/orders/projection/rebuild', { ...operator, method: 'POST' });
    const answers = await Promise.all([asked(), asked(), asked()]);
    expect(answers.map(({ status }) => status).sort()).toContain(202);
    expect(answers.every(({ status }) => status === 202 || status === 409)).toBe(true);
    await until('the rebuild', async () => (await call('/orders/projection', operator)).body.state === 'live');
  });
});

test('orders of before become events, and look the same', async () => {
  const old = await createOrderService(env('old'));
  const run = async (file: string) =>
    old.database.query(await readFile(new URL(`./migrations/${file}`, import.meta.url), 'utf8'));
  const [pending, confirmed, cancelled, empty] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
  try {
    await run('001_orders.sql');
    await old.database.query(
      `INSERT INTO orders (id, user_id, payment_token, status, reason, total_yen, saga_started)
       VALUES ($1, 'hanako', 'pm_1', 'pending', NULL, 1000, false), ($2, 'hanako', 'pm_2', 'confirmed', NULL, 1000, true),
              ($3, 'taro', 'pm_3', 'cancelled', 'card_declined', 1000, true), ($4, 'taro', 'pm_4', 'pending', NULL, 1, true)`,
      [pending, confirmed, cancelled, empty],
    );
    await old.database.query(
      `INSERT INTO order_items (order_id, line, product_id, name_ja, name_en, unit_price_yen, quantity)
       SELECT id, 0, 'tea', '茶', 'Tea', 500, 2 FROM orders WHERE total_yen = 1000`,
    );
    await run('002_order_events.sql');
    const store = createOrderStore();
    const load = async (id: string) => (await store.load(old.database, id))?.state;
    const order = { userId: 'hanako', items, totalYen: 1000, createdAt: expect.any(String) };
    expect(await load(pending)).toEqual({ ...order, id: pending, status: 'pending' });
    expect(await load(confirmed)).toEqual({ ...order, id: confirmed, status: 'confirmed' });
    expect(await load(cancelled)).toMatchObject({ userId: 'taro', status: 'cancelled', reason: 'card_declined' });
    expect(await load(empty)).toMatchObject({ items: [] });
    expect(
      await old.database.query('SELECT id, version, status FROM orders WHERE user_id = $1 ORDER BY version', ['hanako']),
    ).toEqual([
      { id: pending, version: 1, status: 'pending' },
      { id: confirmed, version: 2, status: 'confirmed' },
    ]);
    expect(await old.database.query('SELECT order_id, input FROM checkouts_to_start')).toEqual([
      {
        order_id: pending,
        input: { userId: 'hanako', totalYen: 1000, paymentToken: 'pm_1', items: [{ productId: 'tea', quantity: 2 }] },
      },
    ]);
  } finally {
    await old.close();
  }
});
