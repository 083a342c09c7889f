/**
 * What people do in a shop, and how often. A journey starts when it is due, whatever became of the others.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { cards, field } from './shop-client.ts';
import type { Customer, Note, ShopClient } from './shop-client.ts';

export interface Visit {
  shop: ShopClient;
  customer: Customer;
  productIds: readonly string[];
  dueAt: number;
  note: (note: Note) => void;
}

export interface Journey {
  name: string;
  /** Of all journeys. */
  share: number;
  go: (visit: Visit) => Promise<void>;
}

export const journeys: readonly Journey[] = [
  { name: 'browse', share: 0.5, go: browse },
  { name: 'search', share: 0.2, go: search },
  // Most carts are left behind.
  { name: 'fill a cart', share: 0.1, go: fillCart },
  { name: 'buy', share: 0.15, go: (visit) => buy(visit, cards.succeeds, 'confirmed') },
  { name: 'declined card', share: 0.05, go: (visit) => buy(visit, cards.declined, 'cancelled') },
];

/** By their shares; `random` is uniform in [0, 1). */
export function pickJourney(random: number): Journey {
  let remaining = random;
  for (const journey of journeys) {
    remaining -= journey.share;
    if (remaining < 0) return journey;
  }
  throw new RangeError('the shares of the journeys must sum to 1, and random must be below 1');
}

const searches = ['茶', 'tea', 'paper', '刃物', 'cup', 'linen'];
const pollMs = 100;
const orderPatienceMs = 60_000;

async function browse({ shop, productIds, dueAt }: Visit): Promise<void> {
  await shop.ask({ method: 'GET', path: `/products?page=${1 + randomBelow(3)}`, step: 'GET /api/products', dueAt });
  await shop.ask({ method: 'GET', path: `/products/${pick(productIds)}`, step: 'GET /api/products/{id}' });
}

async function search({ shop, dueAt }: Visit): Promise<void> {
  const path = `/products?q=${encodeURIComponent(pick(searches))}`;
  await shop.ask({ method: 'GET', path, step: 'GET /api/products?q=', dueAt });
}

async function fillCart({ shop, customer, productIds, dueAt }: Visit): Promise<void> {
  await shop.ask({ method: 'GET', path: `/products?page=${1 + randomBelow(3)}`, step: 'GET /api/products', dueAt });
  await putIntoCart(shop, customer, pick(productIds));
  await shop.ask({ method: 'GET', path: '/cart', step: 'GET /api/cart', headers: authorizationOf(customer) });
}

async function putIntoCart(shop: ShopClient, customer: Customer, productId: string, dueAt = performance.now()): Promise<void> {
  await shop.ask({
    method: 'PUT',
    path: `/cart/items/${encodeURIComponent(productId)}`,
    step: 'PUT /api/cart/items/{id}',
    body: { quantity: 1 },
    headers: authorizationOf(customer),
    dueAt,
  });
}

const authorizationOf = ({ token }: Customer) => ({ authorization: `Bearer ${token}` });

/** Puts one piece into the cart, orders it and waits, as a customer does, until the order has ended the way it should. */
async function buy({ shop, customer, productIds, dueAt, note }: Visit, card: string, wanted: string): Promise<void> {
  const headers = authorizationOf(customer);
  const productId = pick(productIds);
  await putIntoCart(shop, customer, productId, dueAt);
  const order = await shop.ask({
    method: 'POST',
    path: '/orders',
    step: 'POST /api/orders',
    body: { items: [{ productId, quantity: 1 }], card },
    headers: { ...headers, 'idempotency-key': randomUUID() },
  });
  const id = field(order, 'id');
  if (typeof id !== 'string') return;
  const placedAt = performance.now();
  for (;;) {
    const seen = await shop.ask({
      method: 'GET',
      path: `/orders/${id}`,
      step: 'GET /api/orders/{id}',
      headers,
    });
    const status = field(seen, 'status');
    const waitedMs = performance.now() - placedAt;
    const isOver = status === 'confirmed' || status === 'cancelled';
    if (isOver || waitedMs > orderPatienceMs) {
      const failure = isOver ? (status === wanted ? undefined : status) : 'never ended';
      note({ step: `order ${wanted}`, startedAt: placedAt, latencyMs: waitedMs, ...(failure !== undefined && { failure }) });
      return;
    }
    await delay(pollMs);
  }
}

function pick<T>(items: readonly T[]): T {
  const item = items[randomBelow(items.length)];
  if (item === undefined) throw new RangeError('there is nothing to pick from');
  return item;
}

function randomBelow(limit: number): number {
  return Math.floor(Math.random() * limit);
}
