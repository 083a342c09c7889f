/**
 * PostgreSQL, or the broker, is away for half a minute while people buy, killed or hung: every order is either accepted or refused with a problem that
 * says so, and what was accepted settles once it is back. The services are the real ones, in one process.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { hasRabbitmq, startPostgres, startRabbitmq, until, type TestPostgres, type TestRabbitmq } from '@hikyaku/service/testing';
import { afterEach, describe, expect, test } from 'vitest';
import { type InProcessShop, startShop } from '../shop/testing/in-process.ts';

const awayMs = 30_000;
const everyMs = 500;
const settlingMs = 90_000;
const cards = ['4242424242424242', '4242424242424242', '4000000000000002'];

const needsRabbitmq = process.env.CI !== undefined || hasRabbitmq;
if (!needsRabbitmq)
  process.stderr.write('outage.test.ts: no RabbitMQ here (npm run setup:real installs it); its test is skipped\n');

const running: { stop(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const part of running.splice(0).toReversed()) await part.stop();
}, 60_000);

async function postgres(): Promise<TestPostgres> {
  const server = await startPostgres(120);
  running.push(server);
  return server;
}

async function shopOn(database: TestPostgres, overrides: Record<string, string> = {}): Promise<InProcessShop> {
  const shop = await startShop(database, overrides);
  running.push({ stop: () => shop.close() });
  return shop;
}

async function signedUp(shop: InProcessShop): Promise<string> {
  const customer = { email: `${randomUUID()}@example.jp`, password: 'correct horse', name: '花子' };
  const ask = async (path: string) => {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(customer) };
    return (await (await fetch(shop.at['user-service'] + path, init)).json()) as Record<string, unknown>;
  };
  await ask('/users');
  return String((await ask('/auth/token')).access_token);
}

/** The id of the accepted order, or the status and problem it was refused with; and how long the buyer waited. */
type Answer = ({ id: string } | { status: number; title: string }) & { tookMs: number };

async function order(shop: InProcessShop, token: string, index: number): Promise<Answer> {
  const startedAt = performance.now();
  const response = await fetch(`${shop.at['order-service']}/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, 'idempotency-key': randomUUID() },
    body: JSON.stringify({ items: [{ productId: 'hojicha-kyoto', quantity: 1 }], card: cards[index % cards.length] }),
  });
  const body = (await response.json()) as { id: string; title: string };
  const tookMs = performance.now() - startedAt;
  return response.status === 202 ? { id: body.id, tookMs } : { status: response.status, title: body.title, tookMs };
}

/** How a server goes away, and how it comes back. */
type Outage = { begin(): Promise<void>; end(): Promise<void> | void };
type Server = Pick<TestPostgres, 'crash' | 'revive' | 'freeze' | 'thaw'>;
const killed = (server: Server): Outage => ({ begin: () => server.crash(), end: () => server.revive() });
const hung = (server: Server): Outage => ({ begin: () => server.freeze(), end: () => server.thaw() });

/** Buys all the time from shortly before the outage until shortly after it. */
async function buyThrough(shop: InProcessShop, outage: Outage) {
  const token = await signedUp(shop);
  const answers: Promise<Answer>[] = [];
  const buyFor = async (durationMs: number) => {
    const endAt = performance.now() + durationMs;
    while (performance.now() < endAt) {
      answers.push(order(shop, token, answers.length));
      await delay(everyMs);
    }
  };
  await buyFor(2000);
  await outage.begin();
  await buyFor(awayMs);
  await outage.end();
  await buyFor(2000);
  return Promise.all(answers);
}

async function everythingSettles(shop: InProcessShop, accepted: readonly string[]): Promise<void> {
  const { database: orders } = shop.services['order-service'];
  await until(
    'every order to settle',
    async () => {
      const rows = await orders.query(`SELECT id, status FROM orders`).catch(() => undefined);
      const ended = rows?.filter(({ status }) => status !== 'pending').map(({ id }) => String(id));
      return ended?.length === rows?.length && accepted.every((id) => ended?.includes(id));
    },
    settlingMs,
  );
  const confirmed = await orders.query(`SELECT id FROM orders WHERE status = 'confirmed'`, [], ({ id }) => String(id));
  await until(
    'what follows to be done: stock sold, an invoice and a mail for each',
    async () => {
      const [stock, invoices, mails] = await Promise.all([
        shop.services['product-service'].database.one(
          'SELECT sum(sold)::integer AS sold, sum(reserved)::integer AS reserved FROM stock',
        ),
        shop.services['payment-service'].database.query('SELECT order_id FROM invoices', [], (row) => String(row.order_id)),
        shop.services['notification-service'].database.query(
          `SELECT order_id FROM mails WHERE kind = 'order.confirmed'`,
          [],
          (row) => String(row.order_id),
        ),
      ]);
      const each = (ids: readonly string[]) => ids.toSorted().join() === confirmed.toSorted().join();
      return stock?.sold === confirmed.length && stock.reserved === 0 && each(invoices) && each(mails);
    },
    settlingMs,
  );
}

const acceptedOf = (answers: readonly Answer[]) => answers.flatMap((answer) => ('id' in answer ? [answer.id] : []));
const refusedOf = (answers: readonly Answer[]) => answers.filter((answer) => 'status' in answer);

describe.each([
  ['killed', killed],
  ['hung', hung],
] as const)('for 30 s, %s,', (_name, outage) => {
  test('PostgreSQL is away: orders are refused clearly, and everything accepted settles', async () => {
    const server = await postgres();
    const shop = await shopOn(server, { DATABASE_STATEMENT_TIMEOUT_MS: '4000' });
    const answers = await buyThrough(shop, outage(server));
    // Nobody waits until it is back.
    expect(Math.max(...answers.map(({ tookMs }) => tookMs))).toBeLessThan(awayMs - 5000);
    for (const refused of refusedOf(answers)) expect([503, 504]).toContain(refused.status);
    expect(refusedOf(answers).length).toBeGreaterThan(10);
    expect(acceptedOf(answers).length).toBeGreaterThan(2);
    await everythingSettles(shop, acceptedOf(answers));
  }, 240_000);

  test.runIf(needsRabbitmq)(
    'RabbitMQ is away: orders are taken all the time, and everything settles',
    async () => {
      const server = await postgres();
      const broker: TestRabbitmq = await startRabbitmq();
      running.push(broker);
      const shop = await shopOn(server, { BROKER_URL: broker.url });
      const answers = await buyThrough(shop, outage(broker));
      expect(refusedOf(answers)).toEqual([]);
      await everythingSettles(shop, acceptedOf(answers));
    },
    240_000,
  );
});
