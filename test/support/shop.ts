/** The shop as a caller sees it (its public API under /api), and the checks on its books that every test of loss and duplication ends with. */
import { randomUUID } from 'node:crypto';
import { Pods, Secrets } from '@hikyaku/resources';
import pg from 'pg';
import { eventually } from './system.ts';
import type { System } from './system.ts';

export const cards = { succeeds: '4242424242424242', declined: '4000000000000002', timesOutOnce: '4000000000000119' };

export interface Order {
  id: string;
  status: 'pending' | 'confirmed' | 'cancelled';
  reason?: string;
  totalYen: number;
}

export interface Product {
  id: string;
  name: { ja: string; en: string };
  priceYen: number;
  stock: number;
}

export interface SagaStatus {
  state: string;
  steps: { name: string; state: string; startedAt?: string; completedAt?: string }[];
}

export interface Answer<T> {
  status: number;
  headers: Headers;
  body: T;
}

/** A signed-in customer. */
export interface Buyer {
  id: string;
  token: string;
  request<T>(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer<T>>;
  order(productId: string, options?: { quantity?: number; card?: string; key?: string }): Promise<Answer<Order>>;
  /** Waits until the order's checkout has come to its end. */
  settled(orderId: string, timeoutMs?: number): Promise<Order>;
}

export async function request<T>(
  url: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer<T>> {
  const response = await fetch(`${url}/api${path}`, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  // The shape is what the test asserts next.
  return { status: response.status, headers: response.headers, body: (text === '' ? undefined : JSON.parse(text)) as T };
}

export async function signUp(url: string): Promise<Buyer> {
  const credentials = { email: `${randomUUID()}@example.jp`, password: 'correct horse battery' };
  const user = await request<{ id: string }>(url, 'POST', '/users', { ...credentials, name: '飛脚 太郎' });
  const token = await request<{ access_token: string }>(url, 'POST', '/auth/token', credentials);
  if (user.status !== 201 || token.status !== 200)
    throw new Error(`signing up: ${user.status} ${token.status} ${JSON.stringify([user.body, token.body])}`);
  return buyer(url, user.body.id, token.body.access_token);
}

function buyer(url: string, id: string, token: string): Buyer {
  const authorized = <T>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> => request<T>(url, method, path, body, { authorization: `Bearer ${token}`, ...headers });
  return {
    id,
    token,
    request: authorized,
    order: (productId, { quantity = 1, card = cards.succeeds, key = randomUUID() } = {}) =>
      authorized<Order>('POST', '/orders', { items: [{ productId, quantity }], card }, { 'idempotency-key': key }),
    settled: (orderId, timeoutMs) =>
      eventually(
        `order ${orderId} settles`,
        async () => {
          const saga = await authorized<SagaStatus>('GET', `/orders/${orderId}/saga`);
          if (saga.status !== 200 || !['completed', 'compensated'].includes(saga.body.state)) return undefined;
          const { status, body } = await authorized<Order>('GET', `/orders/${orderId}`);
          return status === 200 ? body : undefined;
        },
        timeoutMs,
      ),
  };
}

export async function product(url: string, id: string): Promise<Product> {
  return (await request<Product>(url, 'GET', `/products/${id}`)).body;
}

export async function products(url: string): Promise<Product[]> {
  return (await request<{ items: Product[] }>(url, 'GET', '/products')).body.items;
}

/** A query against one service's database, by the server's own administrator. */
export async function query<Row>(system: System, database: string, sql: string): Promise<Row[]> {
  const client = await system.client();
  const pod = await client.get(Pods, 'shop', 'postgres-0');
  const secret = await client.get(Secrets, 'shop', 'postgres');
  const password = Buffer.from(secret?.data?.POSTGRES_PASSWORD ?? '', 'base64').toString();
  const connection = new pg.Client({ host: pod?.status?.podIP ?? '', user: 'postgres', password, database });
  await connection.connect();
  try {
    // The shape is what the statement selects.
    return (await connection.query(sql)).rows as Row[];
  } finally {
    await connection.end();
  }
}

/** What must hold whenever nothing is in flight. An empty list means that it does. */
export async function brokenInvariants(system: System): Promise<string[]> {
  const broken: string[] = [];
  const expectNone = async (what: string, database: string, sql: string): Promise<void> => {
    const rows = await query(system, database, sql);
    if (rows.length > 0) broken.push(`${what}: ${JSON.stringify(rows.slice(0, 5))}`);
  };
  await expectNone(
    'orders that are neither confirmed nor cancelled',
    'order_service',
    `SELECT id, status FROM orders WHERE status NOT IN ('confirmed', 'cancelled')`,
  );
  await expectNone(
    'stock + reserved + sold differs from the initial stock',
    'product_service',
    'SELECT * FROM stock WHERE available + reserved + sold <> initial',
  );
  await expectNone('pieces still reserved though no order is open', 'product_service', 'SELECT * FROM stock WHERE reserved <> 0');
  await expectNone(
    'payments that are under way',
    'payment_service',
    `SELECT order_id, state FROM payments WHERE state NOT IN ('captured', 'declined', 'voided', 'refunded')`,
  );
  return [...broken, ...(await brokenAcrossServices(system))];
}

/** Books of different services that must agree. Each is read on its own: there is no join across databases. */
async function brokenAcrossServices(system: System): Promise<string[]> {
  const orders = await query<{ id: string; status: string; total_yen: number }>(
    system,
    'order_service',
    'SELECT id, status, total_yen FROM orders',
  );
  const confirmed = new Map(
    orders.filter(({ status }) => status === 'confirmed').map(({ id, total_yen: totalYen }) => [id, totalYen]),
  );
  const booked = await query<{ key: string }>(
    system,
    'card_network',
    `SELECT key FROM payments WHERE state IN ('requires_action', 'authorized', 'captured')`,
  );
  const payments = await query<{ order_id: string; amount_yen: number; state: string }>(
    system,
    'payment_service',
    'SELECT order_id, amount_yen, state FROM payments',
  );
  const sold = await query<{ order_id: string }>(
    system,
    'product_service',
    `SELECT order_id FROM reservations WHERE state = 'sold'`,
  );
  const charged = payments.filter(({ state }) => state === 'captured');
  return [
    ...charged
      .filter(({ order_id: id, amount_yen: yen }) => confirmed.get(id) !== yen)
      .map(({ order_id: id }) => `order ${id} was charged but is not confirmed for that amount`),
    ...[...confirmed.keys()]
      .filter((id) => !charged.some(({ order_id }) => order_id === id))
      .map((id) => `order ${id} is confirmed but was not charged`),
    ...[...confirmed.keys()]
      .filter((id) => !sold.some(({ order_id }) => order_id === id))
      .map((id) => `order ${id} is confirmed but its pieces are not sold`),
    ...sold
      .filter(({ order_id: id }) => !confirmed.has(id))
      .map(({ order_id: id }) => `the pieces of order ${id} are sold though it is not confirmed`),
    ...(booked.length === charged.length
      ? []
      : [`the card network has booked ${booked.length} payments, payment-service knows ${charged.length}`]),
  ];
}

/** Orders that are confirmed and have no invoice, or more than one: events that were lost or handled twice. */
export async function ordersWithoutOneInvoice(system: System): Promise<string[]> {
  const confirmed = await query<{ id: string }>(system, 'order_service', `SELECT id FROM orders WHERE status = 'confirmed'`);
  const invoices = await query<{ order_id: string; count: string }>(
    system,
    'payment_service',
    'SELECT order_id, count(*) FROM invoices GROUP BY order_id',
  );
  const counts = new Map(invoices.map(({ order_id: id, count }) => [id, Number(count)]));
  return [
    ...confirmed.map(({ id }) => id).filter((id) => counts.get(id) !== 1),
    ...[...counts.keys()].filter((id) => !confirmed.some((order) => order.id === id)),
  ];
}
