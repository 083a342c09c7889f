/**
 * What those who run the shop do when something does not go on by itself, through the gateway and with their own token: they find the checkouts that are stuck
 * and decide about them, and look at the events that were given up. Customers may do none of it.
 */
import { randomUUID } from 'node:crypto';
import { VirtualServices } from '@hikyaku/resources';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cards, type Order, product, query, request, signUp, type Answer, type Buyer, type SagaStatus } from './support/shop.ts';
import { eventually, startSystem, type System } from './support/system.ts';

const settleMs = 60_000;
/** The carrier is asked for about a minute before the checkout is stuck. */
const stuckMs = 150_000;
const nowhere = { name: '花子', postalCode: '000-0000', prefecture: '東京都', city: '千代田区', line1: '1-1' };
const consumers = ['order-service', 'product-service', 'payment-service', 'cart-service', 'notification-service'];

interface Saga extends SagaStatus {
  id: string;
  error?: string;
}
interface Letter {
  id: string;
  group: string;
  reason: string;
  event: { id: string };
}

let system: System;
let buyer: Buyer;
let operator: <T>(method: string, path: string, body?: unknown) => Promise<Answer<T>>;
/** Nobody can hand its parcel over, from the start of this test on. */
let unshipped: string;

beforeAll(async () => {
  system = await startSystem({ args: ['--no-watch'] });
  await system.printed(/ready in/);
  buyer = await signUp(system.url);
  const credentials = { email: 'operator@shop.example', password: 'development-only-operator' };
  const { body } = await request<{ access_token: string }>(system.url, 'POST', '/auth/token', credentials);
  operator = (method, path, sent) => request(system.url, method, path, sent, { authorization: `Bearer ${body.access_token}` });
  unshipped = await orderWithoutCarrier();
}, 180_000);
afterAll(async () => system.purge());

const sagaOf = async (id: string): Promise<Saga> => (await operator<Saga>('GET', `/sagas/${id}`)).body;
const stuck = async (): Promise<Saga[]> => (await operator<{ items: Saga[] }>('GET', '/sagas?state=stuck')).body.items;
const stateOf = ({ steps }: Saga, name: string) => steps.find((step) => step.name === name)?.state;
const amountOf = (id: string) =>
  query<{ state: string }>(system, 'card_network', `SELECT state FROM payments WHERE key = '${id}'`);

async function place(productId: string, shippingAddress?: typeof nowhere): Promise<string> {
  const order = { items: [{ productId, quantity: 1 }], card: cards.succeeds, ...(shippingAddress && { shippingAddress }) };
  const answer = await buyer.request<Order>('POST', '/orders', order, { 'idempotency-key': randomUUID() });
  expect(answer.status).toBe(202);
  return answer.body.id;
}

async function untilStuck(id: string, timeoutMs = settleMs): Promise<Saga> {
  return eventually(`the checkout of ${id} to be stuck`, async () => (await stuck()).find((saga) => saga.id === id), timeoutMs);
}

/** Decides as often as it is stuck: what was wrong may still be for a moment. */
async function decideUntil(id: string, decision: 'retry' | 'compensate', state: string): Promise<Saga> {
  return eventually(
    `the checkout of ${id} to be ${state}`,
    async () => {
      const saga = await sagaOf(id);
      if (saga.state === 'stuck') expect([202, 409]).toContain((await operator('POST', `/sagas/${id}/${decision}`)).status);
      return saga.state === state ? saga : undefined;
    },
    settleMs,
  );
}

/** The mesh answers for the service, with a no. Resolves to what ends that. */
async function refuse(service: string, path: string): Promise<() => Promise<void>> {
  const client = await system.client();
  const name = `${service}-refuses`;
  const route = [{ destination: { host: service, port: { number: 8080 } } }];
  await client.create(VirtualServices, {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name, namespace: 'shop' },
    spec: {
      hosts: [service],
      http: [
        { match: [{ uri: { regex: path } }], fault: { abort: { httpStatus: 403, percentage: { value: 100 } } }, route },
        { route },
      ],
    },
  });
  return async () => client.delete(VirtualServices, 'shop', name).then(() => undefined);
}

/** From the first attempt on the carrier fails for this order only. */
async function orderWithoutCarrier(): Promise<string> {
  const away = (when: string) => `CREATE OR REPLACE FUNCTION carrier.away() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN IF ${when} THEN RAISE EXCEPTION 'nobody at the carrier answers'; END IF; RETURN NEW; END $$`;
  await query(system, 'order_service', away('true'));
  await query(
    system,
    'order_service',
    'CREATE TRIGGER away BEFORE INSERT ON carrier.shipments FOR EACH ROW EXECUTE FUNCTION carrier.away()',
  );
  const id = await place('koshihikari-uonuma');
  await eventually(
    'the carrier to be asked',
    async () => (stateOf(await sagaOf(id), 'ship-order') === 'running' ? true : undefined),
    settleMs,
  );
  await query(system, 'order_service', away(`NEW.order_id = '${id}'`));
  return id;
}

describe('a customer', () => {
  it.each([
    ['GET', '/sagas'],
    ['GET', '/sagas/any'],
    ['POST', '/sagas/any/retry'],
    ['POST', '/sagas/any/compensate'],
    ...consumers.flatMap((service) => [
      ['GET', `/operations/${service}/dead-letters`],
      ['POST', `/operations/${service}/dead-letters/replay`],
    ]),
  ])('may not %s %s, and whoever does not sign in is asked to', async (method = '', path = '') => {
    const body = path.endsWith('replay') ? {} : undefined;
    expect((await buyer.request(method, path, body)).status).toBe(403);
    expect((await request(system.url, method, path, body)).status).toBe(401);
  });
});

describe('a checkout that is stuck', () => {
  it('behind the point of no return is found, cannot be taken back, and is retried to its end', async () => {
    const mend = await refuse('notification-service', '/internal/mails/.*');
    // The first ones may come before the refusal.
    const id = await eventually(
      'a checkout to be refused its mail',
      async () => {
        const placed = await place('hatcho-miso');
        const saga = await eventually('its end', async () => {
          const { state } = await sagaOf(placed);
          return state === 'stuck' || state === 'completed' ? state : undefined;
        });
        return saga === 'stuck' ? placed : undefined;
      },
      settleMs,
    );
    const found = await untilStuck(id);
    expect(found).toMatchObject({ state: 'stuck', error: expect.any(String) });
    expect(stateOf(await sagaOf(id), 'notify')).toBe('stuck');
    expect((await operator('POST', `/sagas/${id}/compensate`)).status).toBe(409);
    await mend();
    await decideUntil(id, 'retry', 'completed');
    expect((await buyer.request<Order>('GET', `/orders/${id}`)).body.status).toBe('confirmed');
    expect(await amountOf(id)).toEqual([{ state: 'captured' }]);
    expect((await stuck()).map((saga) => saga.id)).not.toContain(id);
  });

  it('because a refund was refused is refunded, and its pieces are back', async () => {
    const mend = await refuse('payment-service', '/internal/payments/.*/refund');
    const before = await product(system.url, 'kioke-shoyu');
    const id = await eventually(
      'a refund to be refused',
      async () => {
        const placed = await place('kioke-shoyu', nowhere);
        const state = await eventually('its end', async () => {
          const saga = await sagaOf(placed);
          return saga.state === 'stuck' || saga.state === 'compensated' ? saga.state : undefined;
        });
        return state === 'stuck' ? placed : undefined;
      },
      settleMs,
    );
    expect(stateOf(await sagaOf(id), 'capture-payment')).toBe('stuck');
    expect(await amountOf(id)).toEqual([{ state: 'captured' }]);
    await mend();
    await decideUntil(id, 'compensate', 'compensated');
    expect((await buyer.request<Order>('GET', `/orders/${id}`)).body).toMatchObject({
      status: 'cancelled',
      reason: 'shipping_failed',
    });
    expect(await amountOf(id)).toEqual([{ state: 'refunded' }]);
    expect((await product(system.url, 'kioke-shoyu')).stock).toBe(before.stock);
  });

  it('because the carrier does not answer is taken back: refunded, and its pieces are back', async () => {
    await untilStuck(unshipped, stuckMs);
    expect(stateOf(await sagaOf(unshipped), 'ship-order')).toBe('stuck');
    expect(await amountOf(unshipped)).toEqual([{ state: 'captured' }]);
    const before = await product(system.url, 'koshihikari-uonuma');
    await decideUntil(unshipped, 'compensate', 'compensated');
    expect((await buyer.request<Order>('GET', `/orders/${unshipped}`)).body.status).toBe('cancelled');
    expect(await amountOf(unshipped)).toEqual([{ state: 'refunded' }]);
    expect((await product(system.url, 'koshihikari-uonuma')).stock).toBe(before.stock + 1);
  });
});

describe('an event that was given up', () => {
  it.each(consumers)('by %s is shown with the reason, and tried again when an operator says so', async (service) => {
    const type = { 'order-service': 'payment.action_required', 'cart-service': 'order.confirmed' }[service] ?? 'order.shipped';
    const eventId = randomUUID();
    // Without what the contract asks for, as a publisher with another opinion of it would write it.
    const event = {
      specversion: '1.0',
      id: eventId,
      source: '/elsewhere',
      type,
      time: new Date().toISOString(),
      datacontenttype: 'application/json',
      data: {},
    };
    await query(system, 'order_service', `INSERT INTO hikyaku.outbox (event) VALUES ('${JSON.stringify(event)}')`);
    const path = `/operations/${service}/dead-letters`;
    const letterBut = (id?: string) =>
      eventually('the dead letter', async () => {
        const { body } = await operator<{ items: Letter[] }>('GET', path);
        return body.items.find((letter) => letter.event.id === eventId && letter.id !== id);
      });
    const letter = await letterBut();
    expect(letter).toMatchObject({ group: service, reason: expect.stringContaining(type) });
    expect((await operator('POST', `${path}/replay`, { ids: [letter.id] })).body).toEqual({ replayed: 1 });
    // It is as wrong as it was, and given up once more.
    expect((await letterBut(letter.id)).reason).toBe(letter.reason);
  });
});
