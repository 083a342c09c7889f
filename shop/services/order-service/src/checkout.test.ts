/**
 * An order's whole way, through the real services in one process on free ports, over HTTP, with a real PostgreSQL.
 */
import { randomUUID } from 'node:crypto';
import { startPostgres, type TestPostgres } from '@hikyaku/service/testing';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type InProcessShop, startShop } from '../../../testing/in-process.ts';
import { checkoutSteps } from './application/checkout.ts';

type Json = Record<string, unknown>;
interface Answer {
  status: number;
  body: Json;
}

const APPROVED = '4242424242424242';
const DECLINED = '4000000000000002';
const LOSES_THE_FIRST_ANSWER = '4000000000000119';
const ASKS_FOR_CONSENT = '4000000000003220';
const NOWHERE = { name: '花子', postalCode: '000-0000', prefecture: '東京都', city: '千代田区', line1: '1-1' };

let postgres: TestPostgres;
let shop: InProcessShop;
let users: InProcessShop['services']['user-service'];
let products: InProcessShop['services']['product-service'];
let network: InProcessShop['services']['card-network'];
let payments: InProcessShop['services']['payment-service'];
let orders: InProcessShop['services']['order-service'];
let at: Record<'users' | 'products' | 'payments' | 'orders', string>;
let buyer: { id: string; token: string };

beforeAll(async () => {
  postgres = await startPostgres();
  // Long enough for every answer that comes, on a machine with much else to do: exchanging a card asks the network too.
  shop = await startShop(postgres, { CARD_NETWORK_TIMEOUT_MS: '3000' });
  ({
    'user-service': users,
    'product-service': products,
    'card-network': network,
    'payment-service': payments,
    'order-service': orders,
  } = shop.services);
  at = {
    users: shop.at['user-service'],
    products: shop.at['product-service'],
    payments: shop.at['payment-service'],
    orders: shop.at['order-service'],
  };
  buyer = await signedUp();
}, 60_000);

afterAll(async () => {
  await shop.close();
  await postgres.stop();
}, 30_000);

interface Call {
  method?: string;
  token?: string;
  headers?: Record<string, string>;
  body?: string;
}

async function call(url: string, { method = 'GET', token, headers = {}, body }: Call = {}): Promise<Answer> {
  const sent = new Headers(headers);
  if (token !== undefined) sent.set('authorization', `Bearer ${token}`);
  if (body !== undefined) sent.set('content-type', 'application/json');
  const response = await fetch(url, { method, headers: sent, ...(body === undefined ? {} : { body }) });
  return { status: response.status, body: (await response.json()) as Json };
}

async function signedUp(): Promise<{ id: string; token: string }> {
  const credentials = { email: `${randomUUID()}@example.jp`, password: 'correct horse' };
  const { body: user } = await call(`${at.users}/users`, {
    method: 'POST',
    body: JSON.stringify({ ...credentials, name: '花子' }),
  });
  const { body: answer } = await call(`${at.users}/auth/token`, { method: 'POST', body: JSON.stringify(credentials) });
  return { id: String(user.id), token: String(answer.access_token) };
}

function place(order: unknown, { key = randomUUID(), token = buyer.token } = {}): Promise<Answer> {
  return call(`${at.orders}/orders`, { method: 'POST', token, headers: { 'idempotency-key': key }, body: JSON.stringify(order) });
}

async function tokenised(number: string): Promise<string> {
  const { body } = await call(`${at.payments}/payment-methods`, {
    method: 'POST',
    token: buyer.token,
    body: JSON.stringify({ number }),
  });
  return String(body.token);
}

const orderOf = (id: unknown, token = buyer.token) => call(`${at.orders}/orders/${String(id)}`, { token });
const sagaOf = (id: unknown) => call(`${at.orders}/orders/${String(id)}/saga`, { token: buyer.token });

/** The order, once it is neither pending nor under way any more. */
function settled(id: unknown): Promise<Json> {
  return eventually(async () => {
    const { body } = await orderOf(id);
    expect(body.status).not.toBe('pending');
    return body;
  });
}

function eventually<T>(check: () => Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: 15_000, interval: 30 });
}

const stockOf = (id: string) =>
  products.database.one('SELECT initial, available, reserved, sold FROM stock WHERE product_id = $1', [id]);
const chargeOf = (id: unknown) => network.database.one('SELECT state, amount_yen FROM payments WHERE key = $1', [String(id)]);
const address = { name: '山田花子', postalCode: '1000001', prefecture: '東京都', city: '千代田区', line1: '千代田1-1' };
const buy = (productId: string, card: unknown = APPROVED, quantity = 1) => ({ items: [{ productId, quantity }], card });

describe('an order', () => {
  test('is accepted at once, and then confirmed, charged, sold and invoiced', async () => {
    const placed = await place({
      items: [
        { productId: 'hatcho-miso', quantity: 2 },
        { productId: 'yuzu-kosho', quantity: 1 },
      ],
      card: { number: APPROVED, expMonth: 12, expYear: 2099, cvc: '123' },
    });
    expect(placed).toEqual({ status: 202, body: { id: expect.any(String), status: 'pending' } });
    const order = await settled(placed.body.id);
    expect(order).toMatchObject({ status: 'confirmed', totalYen: 2 * 1180 + 740 });
    expect(order.items).toHaveLength(2);
    await eventually(async () => {
      expect(await chargeOf(order.id)).toEqual({ state: 'captured', amount_yen: 3100 });
      expect(await stockOf('hatcho-miso')).toEqual({ initial: 140, available: 138, reserved: 0, sold: 2 });
      expect(await call(`${at.payments}/invoices/${String(order.id)}`, { token: buyer.token })).toMatchObject({
        status: 200,
        body: { totalYen: 3100 },
      });
    });
  });

  test('is told step by step to whoever listens, to the end', async () => {
    const { body } = await place(buy('sencha-asatsuyu'));
    const response = await fetch(`${at.orders}/orders/${String(body.id)}/events`, {
      headers: { authorization: `Bearer ${buyer.token}` },
    });
    const told = [...(await response.text()).matchAll(/^event: (.+)\ndata: (.+)$/gm)].map(([, event, data = '']) => ({
      event,
      data: JSON.parse(data) as Json,
    }));
    const orders = told.filter(({ event }) => event === 'order').map(({ data }) => data);
    expect(orders.at(-1)).toMatchObject({ status: 'confirmed', shipment: { trackingNumber: expect.any(String) } });
    expect(told.at(-1)).toEqual({ event: 'saga', data: (await sagaOf(body.id)).body });
    expect(told.at(-1)?.data.state).toBe('completed');
  });

  test('shows every step of its saga with state and times', async () => {
    const { body } = await place(buy('tenugui-asanoha'));
    await settled(body.id);
    const saga = await eventually(async () => {
      const answer = await sagaOf(body.id);
      expect(answer.body.state).toBe('completed');
      return answer.body;
    });
    const step = (name: string) => ({
      name,
      state: 'done',
      attempts: 1,
      startedAt: expect.any(String),
      completedAt: expect.any(String),
    });
    expect(saga.steps).toMatchObject(checkoutSteps.map(step));
  });

  test('of long ago shows how its saga ended, though its steps are not kept', async () => {
    const { body } = await place(buy('tabi-socks', DECLINED));
    const id = String(body.id);
    await eventually(async () => {
      expect((await sagaOf(id)).body.state).toBe('compensated');
    });
    await orders.database.query('DELETE FROM hikyaku.sagas WHERE id = $1', [id]);
    await orders.database.query('DELETE FROM dbos.workflow_status WHERE workflow_uuid = $1', [`checkout:${id}`]);
    const forgotten = { status: 200, body: { id, name: 'checkout', state: 'compensated', reason: 'card_declined', steps: [] } };
    expect(await sagaOf(id)).toEqual(forgotten);
  });

  test('is cancelled when the card is declined, and its stock comes back', async () => {
    const { body } = await place(buy('kokeshi-tsugaru', DECLINED, 3));
    expect(await settled(body.id)).toMatchObject({ status: 'cancelled', reason: 'card_declined' });
    expect(await stockOf('kokeshi-tsugaru')).toEqual({ initial: 32, available: 32, reserved: 0, sold: 0 });
    expect((await sagaOf(body.id)).body).toMatchObject({ reason: 'card_declined' });
  });

  test('is charged once when the card network times out once', async () => {
    const { body } = await place(buy('incense-awaji', LOSES_THE_FIRST_ANSWER));
    expect(await settled(body.id)).toMatchObject({ status: 'confirmed' });
    await eventually(async () => {
      expect(await chargeOf(body.id)).toEqual({ state: 'captured', amount_yen: 1760 });
    });
    const { steps } = (await sagaOf(body.id)).body as { steps: Json[] };
    expect(steps.find(({ name }) => name === 'authorize-payment')).toMatchObject({ attempts: 2 });
  });

  test('waits for the buyer’s consent, and is taken back when it is refused', async () => {
    const { body } = await place(buy('kioke-shoyu', ASKS_FOR_CONSENT));
    const waiting = (): Promise<Json> =>
      eventually(async () => {
        const { body: saga } = await sagaOf(body.id);
        expect(saga.steps).toContainEqual(expect.objectContaining({ name: 'authorize-payment', state: 'waiting', attempts: 1 }));
        return saga;
      });
    await waiting();
    await network.database.query(
      `UPDATE payments SET state = 'declined', reason = 'authentication_failed' WHERE key = $1 AND state = 'requires_action'`,
      [String(body.id)],
    );
    expect(await settled(body.id)).toMatchObject({ status: 'cancelled', reason: 'authentication_failed' });
  });

  /** The buyer thinks about it for longer than pieces are held. */
  async function overdue(productId: string, quantity: number): Promise<string> {
    const { body } = await place(buy(productId, ASKS_FOR_CONSENT, quantity));
    const id = String(body.id);
    await eventually(async () => {
      expect(await chargeOf(id)).toMatchObject({ state: 'requires_action' });
    });
    await products.database.query('UPDATE reservations SET expires_at = now() WHERE order_id = $1', [id]);
    await eventually(async () => {
      expect(await stockOf(productId)).toMatchObject({ reserved: 0 });
    });
    return id;
  }
  const consent = (id: string) =>
    network.database.query(`UPDATE payments SET state = 'authorized' WHERE key = $1 AND state = 'requires_action'`, [id]);

  test('that is paid when others have bought its pieces is cancelled and not charged', async () => {
    const late = await overdue('fountain-pen-urushi', 12);
    const quick = await place(buy('fountain-pen-urushi', APPROVED, 12));
    expect(await settled(quick.body.id)).toMatchObject({ status: 'confirmed' });
    await consent(late);
    expect(await settled(late)).toMatchObject({ status: 'cancelled', reason: 'out_of_stock' });
    expect((await chargeOf(late))?.state).toBe('voided');
    await eventually(async () => {
      expect(await stockOf('fountain-pen-urushi')).toEqual({ initial: 12, available: 0, reserved: 0, sold: 12 });
    });
  });

  test('that is paid late gets its pieces when they are still there', async () => {
    const late = await overdue('tetsubin-nambu', 18);
    await consent(late);
    expect(await settled(late)).toMatchObject({ status: 'confirmed' });
    await eventually(async () => {
      expect(await stockOf('tetsubin-nambu')).toEqual({ initial: 18, available: 0, reserved: 0, sold: 18 });
    });
  });

  test('that cannot be shipped is refunded, cancelled and given back', async () => {
    const { body } = await place({ ...buy('genmaicha-matcha', APPROVED, 2), shippingAddress: NOWHERE });
    await eventually(async () => {
      expect((await orderOf(body.id)).body).toMatchObject({ status: 'cancelled', reason: 'shipping_failed' });
      expect((await sagaOf(body.id)).body.state).toBe('compensated');
    });
    expect((await chargeOf(body.id))?.state).toBe('refunded');
    expect(await stockOf('genmaicha-matcha')).toEqual({ initial: 280, available: 280, reserved: 0, sold: 0 });
    const { steps } = (await sagaOf(body.id)).body as { steps: Json[] };
    const taken = steps.filter(({ state }) => state === 'compensated').map(({ name }) => name);
    expect(taken).toEqual(['reserve-stock', 'authorize-payment', 'confirm-order', 'capture-payment']);
    expect(steps[5]).toMatchObject({ state: 'failed', history: [{ error: { code: 'shipping_failed' } }] });
  });

  test('gets the last piece, or is cancelled without a charge', async () => {
    const placed = await Promise.all([place(buy('raku-tea-bowl')), place(buy('raku-tea-bowl', { number: APPROVED }))]);
    const ends = await Promise.all(placed.map(({ body }) => settled(body.id)));
    expect(ends.map(({ status }) => status).sort()).toEqual(['cancelled', 'confirmed']);
    const loser = ends.find(({ status }) => status === 'cancelled');
    expect(loser).toMatchObject({ reason: 'out_of_stock' });
    expect((await chargeOf(loser?.id))?.state).not.toBe('captured');
    await eventually(async () => {
      expect(await stockOf('raku-tea-bowl')).toEqual({ initial: 1, available: 0, reserved: 0, sold: 1 });
    });
  });

  test('keeps the address it goes to, and nothing of the card', async () => {
    const { body } = await place({ ...buy('washi-letter-set'), shippingAddress: address });
    expect(await settled(body.id)).toMatchObject({ shippingAddress: { ...address, postalCode: '100-0001' } });
    const history = await call(`${at.orders}/orders/${String(body.id)}/history`, { token: buyer.token });
    expect(JSON.stringify(history.body)).not.toContain('pm_');
    const left = 'SELECT 1 FROM checkouts_to_start WHERE order_id = $1';
    await eventually(async () => {
      expect(await orders.database.query(left, [String(body.id)])).toEqual([]);
    });
  });

  test('is paid with a card that the payment service knows already', async () => {
    const paymentToken = await tokenised(APPROVED);
    const order = { items: [{ productId: 'washi-letter-set', quantity: 1 }], paymentToken };
    const key = randomUUID();
    const { status, body } = await place(order, { key });
    expect(status).toBe(202);
    expect(await settled(body.id)).toMatchObject({ status: 'confirmed' });
    expect(await place(order, { key })).toMatchObject({ status: 202, body: { id: body.id } });
    expect((await place({ ...order, paymentToken: 'pm_other' }, { key })).status).toBe(422);
  });

  test('with a card that is somebody else’s is cancelled', async () => {
    const { token } = await signedUp();
    const order = { items: [{ productId: 'washi-letter-set', quantity: 1 }], paymentToken: await tokenised(APPROVED) };
    const { body } = await place(order, { token });
    await eventually(async () => {
      expect((await orderOf(body.id, token)).body).toMatchObject({ status: 'cancelled', reason: 'unknown_payment_method' });
    });
  });

  test('of an account that is gone is cancelled', async () => {
    const ghost = await signedUp();
    await users.database.query('DELETE FROM sessions WHERE user_id = $1', [ghost.id]);
    await users.database.query('DELETE FROM users WHERE id = $1', [ghost.id]);
    const { body } = await place(buy('tabi-socks'), { token: ghost.token });
    await eventually(async () => {
      expect((await orderOf(body.id, ghost.token)).body).toMatchObject({ status: 'cancelled', reason: 'unknown_user' });
    });
  });

  test('that nobody started a saga for is found and carried through', async () => {
    const { body } = await place(buy('washi-letter-set'));
    await settled(body.id);
    // As `POST /orders` leaves it when its process dies right after the commit.
    const orphan = randomUUID();
    await orders.database.transaction(async (tx) => {
      await tx.query(
        `INSERT INTO order_events (stream_id, version, type, data) SELECT $1, 1, type, data FROM order_events
          WHERE stream_id = $2 AND version = 1`,
        [orphan, String(body.id)],
      );
      await tx.query(
        `INSERT INTO orders SELECT (jsonb_populate_record(o, jsonb_build_object('id', $1::text, 'version', 1, 'status', 'pending'))).*
           FROM orders o WHERE id = $2`,
        [orphan, String(body.id)],
      );
      await tx.query(
        `INSERT INTO checkouts_to_start (order_id, input) SELECT $1, jsonb_build_object('userId', user_id, 'totalYen', total_yen,
           'items', jsonb_build_array(jsonb_build_object('productId', 'washi-letter-set', 'quantity', 1)), 'paymentToken', $3::text)
           FROM orders WHERE id = $2`,
        [orphan, String(body.id), await tokenised(APPROVED)],
      );
    });
    expect(await settled(orphan)).toMatchObject({ status: 'confirmed' });
  });
});

describe('an idempotency key', () => {
  test('makes many requests at once one order and one charge', async () => {
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 5 }, () => place(buy('imabari-bath-towel'), { key })));
    expect(new Set(answers.map(({ status, body }) => `${status} ${String(body.id)}`)).size).toBe(1);
    await settled(answers[0]?.body.id);
    expect(await place(buy('imabari-bath-towel'), { key })).toEqual(answers[0]);
    await eventually(async () => {
      expect(await stockOf('imabari-bath-towel')).toMatchObject({ available: 159, reserved: 0, sold: 1 });
    });
    const ofNoOrder = `SELECT workflow_uuid FROM dbos.workflow_status WHERE workflow_uuid NOT IN (SELECT 'checkout:' || id FROM orders)`;
    expect(await orders.database.query(ofNoOrder)).toEqual([]);
  });

  test('cannot be used for another order', async () => {
    const key = randomUUID();
    await place(buy('kioke-shoyu'), { key });
    expect((await place(buy('kioke-shoyu', APPROVED, 2), { key })).status).toBe(422);
  });

  test('is required', async () => {
    const { status, body } = await call(`${at.orders}/orders`, {
      method: 'POST',
      token: buyer.token,
      body: JSON.stringify(buy('kioke-shoyu')),
    });
    expect(status).toBe(400);
    expect(JSON.stringify(body).toLowerCase()).toContain('idempotency-key');
  });
});

describe('bad input', () => {
  test.each([
    ['quantity 0', buy('kioke-shoyu', APPROVED, 0), '#/items/0/quantity'],
    ['quantity 10^9', buy('kioke-shoyu', APPROVED, 1e9), '#/items/0/quantity'],
    ['half a piece', buy('kioke-shoyu', APPROVED, 0.5), '#/items/0/quantity'],
    ['a quantity in words', { items: [{ productId: 'kioke-shoyu', quantity: '1' }], card: APPROVED }, '#/items/0/quantity'],
    [
      'more of a product over several lines than one may have',
      { items: [buy('kioke-shoyu', '', 60), buy('kioke-shoyu', '', 60)].flatMap(({ items }) => items), card: APPROVED },
      '#/items/1/quantity',
    ],
    [
      'a postal code that is none',
      { ...buy('kioke-shoyu'), shippingAddress: { ...address, postalCode: '1000' } },
      '#/shippingAddress/postalCode',
    ],
    [
      'an address without a city',
      { ...buy('kioke-shoyu'), shippingAddress: { ...address, city: undefined } },
      '#/shippingAddress/city',
    ],
    ['no items', { items: [], card: APPROVED }, '#/items'],
    ['a card and a token', { ...buy('kioke-shoyu'), paymentToken: 'pm_1' }, '#/paymentToken'],
    ['a card number as token', { items: [{ productId: 'kioke-shoyu', quantity: 1 }], paymentToken: APPROVED }, '#/paymentToken'],
    ['no card', { items: [{ productId: 'kioke-shoyu', quantity: 1 }] }, '#/card'],
  ])('%s is refused, pointing at the place', async (_name, order, pointer) => {
    const { status, body } = await place(order);
    expect(status).toBe(400);
    expect(body.errors).toContainEqual(expect.objectContaining({ pointer }));
  });

  test('an unknown product is named', async () => {
    const { status, body } = await place({
      items: [
        { productId: 'yuzu-kosho', quantity: 1 },
        { productId: 'a,b', quantity: 1 },
      ],
      card: APPROVED,
    });
    expect(status).toBe(422);
    expect(body).toMatchObject({ productId: 'a,b', errors: [{ pointer: '#/items/1/productId' }] });
  });

  test('a card that cannot be one is refused before there is an order', async () => {
    const { status, body } = await place(buy('yuzu-kosho', '4242424242424241'));
    expect(status).toBe(422);
    expect(body.errors).toMatchObject([{ pointer: '#/card' }]);
  });

  test('what is not JSON is refused', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    expect((await call(`${at.orders}/orders`, { method: 'POST', token: buyer.token, headers, body: '{' })).status).toBe(400);
  });
});

describe('access', () => {
  test('needs a token', async () => {
    expect((await call(`${at.orders}/orders`)).status).toBe(401);
    expect((await place(buy('yuzu-kosho'), { token: 'forged' })).status).toBe(401);
  });

  test('is to one’s own orders only', async () => {
    const { body } = await place(buy('yuzu-kosho'));
    const other = await signedUp();
    expect((await orderOf(body.id, other.token)).status).toBe(404);
    expect((await orderOf(randomUUID())).status).toBe(404);
    expect((await orderOf('no-uuid')).status).toBe(404);
  });

  test('to the buyer’s own page gives the account and the orders', async () => {
    const other = await signedUp();
    const { body: placed } = await place(buy('zabuton-kurume'), { token: other.token });
    const { status, body } = await call(`${at.users}/users/${other.id}/orders`, { token: other.token });
    expect(status).toBe(200);
    expect(body).toMatchObject({ user: { id: other.id }, orders: [{ id: placed.id, items: [{ productId: 'zabuton-kurume' }] }] });
  });
});

test('no card number is in any database', async () => {
  const tables = `SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) AS name FROM information_schema.tables
                   WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')`;
  for (const { database } of [orders, payments, network]) {
    for (const { name } of await database.query(tables)) {
      const found = await database.query(
        `SELECT 1 FROM ${String(name)} t WHERE t::text ~ '${APPROVED}|${DECLINED}|${LOSES_THE_FIRST_ANSWER}'`,
      );
      expect(found, String(name)).toEqual([]);
    }
  }
});
