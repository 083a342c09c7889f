/**
 * Nothing is lost and nothing done twice, wherever the process dies: every point of the checkout is named, and the process that comes there is killed
 * exactly there. Another process of the order service goes on with its checkouts; the killed one is started again meanwhile.
 */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkout } from '../shop/services/order-service/src/application/checkout.ts';
import type { KillPoint } from './support/kill-point.ts';
import { type ServiceName, type ShopProcesses, startShopProcesses } from './support/shop-processes.ts';
import { eventually } from './support/system.ts';

const settleMs = 60_000;
const products = ['sencha-asatsuyu', 'hojicha-kyoto', 'genmaicha-matcha'];
const cards = { approved: '4242424242424242', declined: '4000000000000002' };
/** The carrier does not go there. */
const nowhere = { name: '花子', postalCode: '000-0000', prefecture: '東京都', city: '千代田区', line1: '1-1' };

/** What a buyer does, and what has to become of it, whoever dies. */
const wishes = {
  bought: { order: { card: cards.approved }, ends: { status: 'confirmed' } },
  declined: { order: { card: cards.declined }, ends: { status: 'cancelled', reason: 'card_declined' } },
  unshippable: {
    order: { card: cards.approved, shippingAddress: nowhere },
    ends: { status: 'cancelled', reason: 'shipping_failed' },
  },
} as const;
type Wish = keyof typeof wishes;

const steps = checkout.steps.map(({ name }) => name);
const compensated = [...checkout.steps.filter(({ compensate }) => compensate).map(({ name }) => name), 'onCompensated'];
const saga = (step: string, phase: string): KillPoint => ({ channel: 'hikyaku.saga', step, phase });
const bus = (phase: string, type: string): KillPoint => ({ channel: 'hikyaku.bus', phase, 'event.type': type });

type Row = readonly [service: ServiceName, point: KillPoint, orders: readonly Wish[]];
const points: readonly Row[] = [
  ...steps.flatMap((step) => ['before', 'after'].map((phase): Row => ['order', saga(step, phase), ['bought', 'bought']])),
  ...compensated.flatMap((step) =>
    ['before-compensate', 'in-compensate', 'after-compensate'].map((phase): Row => [
      'order',
      saga(step, phase),
      ['unshippable', 'declined', 'bought'],
    ]),
  ),
  // Between commit and publish, and between publish and the outbox' forgetting it.
  ...['order.placed', 'order.confirmed', 'order.shipped'].flatMap((type): Row[] => [
    ['order', bus('committed', type), ['bought', 'bought']],
    ['order', bus('published', type), ['bought', 'bought']],
  ]),
  ['order', bus('committed', 'order.cancelled'), ['declined', 'unshippable']],
  ['payment', bus('committed', 'payment.authorized'), ['bought', 'unshippable']],
  ['payment', bus('committed', 'payment.captured'), ['bought', 'unshippable']],
  ['payment', bus('committed', 'payment.refunded'), ['unshippable', 'bought']],
  ['product', bus('committed', 'stock.reserved'), ['bought', 'declined']],
  ['product', bus('committed', 'stock.released'), ['declined', 'unshippable']],
  // Between a consumer's commit and its acknowledgement.
  ['payment', bus('handled', 'order.shipped'), ['bought', 'bought']],
  ['product', bus('handled', 'order.shipped'), ['bought', 'bought']],
  ['cart', bus('handled', 'order.confirmed'), ['bought', 'bought']],
  ['notification', bus('handled', 'order.confirmed'), ['bought', 'bought']],
];

let shop: ShopProcesses;
let token: string | undefined;
const placed: { id: string; wish: Wish }[] = [];
/** The order service's process that takes orders; the other one takes over. */
let front: 'order' | 'order-b' = 'order';
let restarting: Promise<unknown> = Promise.resolve();

beforeAll(async () => {
  shop = await startShopProcesses();
  token = await signUp();
}, 120_000);
afterAll(() => shop.stop());

async function call(url: string, { body, ...init }: { method?: string; body?: unknown; key?: string } = {}): Promise<Answer> {
  const { key, ...rest } = init;
  const headers = {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(key === undefined ? {} : { 'idempotency-key': key }),
  };
  const response = await fetch(url, { ...rest, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}
type Answer = { status: number; body: Record<string, unknown> };

async function signUp(): Promise<string> {
  const credentials = { email: `${randomUUID()}@example.jp`, password: 'correct horse battery' };
  await call(`${shop.url('user')}/users`, { method: 'POST', body: { ...credentials, name: '花子' } });
  const answer = await call(`${shop.url('user')}/auth/token`, { method: 'POST', body: credentials });
  return String(answer.body.access_token);
}

/** As a client does that gets no answer: again with the same key, wherever there is somebody. */
async function place(wish: Wish): Promise<string> {
  const key = randomUUID();
  const productId = products[placed.length % products.length];
  const body = { items: [{ productId, quantity: 1 }], ...wishes[wish].order };
  let at = front;
  const id = await eventually(
    `the order to be taken (${wish})`,
    async () => {
      const answer = await call(`${shop.url(at)}/orders`, { method: 'POST', body, key }).catch(() => undefined);
      if (answer?.status === 202) return String(answer.body.id);
      at = at === 'order' ? 'order-b' : 'order';
      return undefined;
    },
    settleMs,
  );
  placed.push({ id, wish });
  return id;
}

/** The end of the order's checkout, as the buyer sees it. */
function settled(id: string): Promise<Record<string, unknown>> {
  return eventually(
    `the checkout of ${id} to end`,
    async () => {
      for (const name of ['order', 'order-b'] as const) {
        const { body } = await call(`${shop.url(name)}/orders/${id}/saga`).catch((): Answer => ({ status: 0, body: {} }));
        if (body.state !== 'completed' && body.state !== 'compensated') continue;
        return (await call(`${shop.url(name)}/orders/${id}`)).body;
      }
      return undefined;
    },
    settleMs,
  );
}

const nameOf = ([service, point]: Row): string => `${service} ${Object.values(point).join(' ')}`;

describe('a checkout whose process is killed', () => {
  it.each(points.map((row) => [nameOf(row), row] as const))(
    'at %s ends as it should',
    async (_name, [service, point, orders]) => {
      await restarting;
      // Either process of the order service may come there first: the other one sweeps up what it finds not started.
      const victims: ServiceName[] = service === 'order' ? ['order', 'order-b'] : [service];
      await shop.killAt(victims, point);
      // Before anything is ordered: should both die, there is nobody to take the orders until one is back.
      const killing = shop.killed(victims).then((killed) => {
        restarting = Promise.all(killed.map((name) => shop.restart(name)));
        if (killed.includes(front)) front = front === 'order' ? 'order-b' : 'order';
      });
      const [ids] = await Promise.all([Promise.all(orders.map(place)), killing]);
      const ends = await Promise.all(ids.map(settled));
      expect(ends).toMatchObject(orders.map((wish) => wishes[wish].ends));
    },
  );
});

async function rows(name: ServiceName, sql: string): Promise<Record<string, string>[]> {
  const client = new pg.Client({ connectionString: shop.database(name) });
  await client.connect();
  try {
    // The shape is what the statement selects.
    return (await client.query(sql)).rows as Record<string, string>[];
  } finally {
    await client.end();
  }
}
const idsOf = async (name: ServiceName, sql: string): Promise<string[]> =>
  (await rows(name, sql)).map(({ id }) => id ?? '').sort();

describe('after all of it', () => {
  const bought = () =>
    placed
      .filter(({ wish }) => wish === 'bought')
      .map(({ id }) => id)
      .sort();
  beforeAll(async () => {
    await restarting;
  });

  it('stock is exact: what is there, held and sold is what there was, and only what was bought is sold', async () => {
    const wrong = 'SELECT product_id AS id FROM stock WHERE available + reserved + sold <> initial OR reserved <> 0';
    await expect.poll(() => idsOf('product', wrong), { timeout: settleMs }).toEqual([]);
    expect(await idsOf('product', `SELECT order_id AS id FROM reservations WHERE state = 'sold'`)).toEqual(bought());
    const [sold] = await rows('product', 'SELECT sum(sold) AS sold FROM stock');
    expect(Number(sold?.sold)).toBe(bought().length);
  });

  it('exactly what is confirmed is charged, once, and nothing is left held', async () => {
    expect(await idsOf('card-network', `SELECT key AS id FROM payments WHERE state = 'captured'`)).toEqual(bought());
    expect(
      await idsOf('card-network', `SELECT key AS id FROM payments WHERE state IN ('authorized', 'requires_action')`),
    ).toEqual([]);
    expect(await idsOf('payment', `SELECT order_id AS id FROM payments WHERE state = 'captured'`)).toEqual(bought());
    const orders = await idsOf('order', `SELECT id FROM orders WHERE status = 'confirmed'`);
    expect(orders).toEqual(bought());
  });

  it('every order that was bought has one invoice, and one mail of each kind', async () => {
    await expect.poll(() => idsOf('payment', 'SELECT order_id AS id FROM invoices'), { timeout: settleMs }).toEqual(bought());
    for (const kind of ['order.confirmed', 'order.shipped'])
      await expect
        .poll(
          async () => (await idsOf('notification', `SELECT order_id AS id FROM mails WHERE kind = '${kind}'`)).filter(isBought),
          {
            timeout: settleMs,
          },
        )
        .toEqual(bought());
  });
  const isBought = (id: string) => bought().includes(id);

  it('no saga is stuck, and no event is lost on the way', async () => {
    expect(await idsOf('order', `SELECT id FROM hikyaku.sagas WHERE state NOT IN ('compensated', 'completed')`)).toEqual([]);
    for (const name of ['order', 'payment', 'product', 'cart', 'notification'] as const)
      await expect.poll(() => idsOf(name, 'SELECT id FROM hikyaku.outbox'), { timeout: settleMs }).toEqual([]);
  });
});
