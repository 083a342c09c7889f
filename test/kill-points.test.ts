/**
 * Nothing is lost and nothing done twice, wherever a process dies: every point is named (kill-points/points.ts), and the process that comes there is killed
 * exactly there and started again; a point that nobody comes to fails. Of the order service there are two, so that one goes on with the checkouts of the
 * other. Three shops go through their points beside each other, for most of the time is spent waiting; in each of them one point comes after the other.
 *
 * KILL_POINTS=pattern goes through those only whose name it matches.
 */
import { hasRabbitmq } from '@hikyaku/service/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Books, createBooks } from './kill-points/books.ts';
import { type Buyers, createBuyers, isConfirmed } from './kill-points/buyers.ts';
import { settleMs } from './kill-points/patience.ts';
import { points, rabbitmqPoints } from './kill-points/points.ts';
import type { Row } from './kill-points/row.ts';
import { type ServiceName, type ShopProcesses, startShopProcesses } from './support/shop-processes.ts';

/** What comes after the end of an order, an acknowledgement for one, comes soon. */
const afterwardsMs = 30_000;
/** A whole shop may have to be opened, and a point gone through that takes long. */
const patienceMs = 600_000;

interface Place {
  readonly broker: 'postgres' | 'rabbitmq';
  readonly name: string;
  readonly points: readonly Row[];
}
const needsRabbitmq = process.env.CI !== undefined || hasRabbitmq;
if (!needsRabbitmq)
  process.stderr.write('kill-points.test.ts: no RabbitMQ here (npm run setup:real installs it); its points are skipped\n');

const wanted = new RegExp(process.env.KILL_POINTS ?? '');
const isWanted = ({ name }: Row): boolean => wanted.test(name);

const places = distribute(points.filter(isWanted), needsRabbitmq ? rabbitmqPoints.filter(isWanted) : []);

/** A few need one shop only. What is the same with any broker goes wherever there are fewest. */
function distribute(withAny: readonly Row[], withRabbitmq: readonly Row[]): readonly Place[] {
  const names = withAny.length > 40 ? ['a shop', 'another shop'] : ['a shop'];
  const queues: (Place & { points: Row[] })[] = names.map((name) => ({ name, broker: 'postgres', points: [] }));
  if (withRabbitmq.length > 0) queues.push({ name: 'a shop with RabbitMQ', broker: 'rabbitmq', points: [...withRabbitmq] });
  for (const row of withAny)
    queues.reduce((shortest, queue) => (queue.points.length < shortest.points.length ? queue : shortest)).points.push(row);
  return queues.filter((queue) => queue.points.length > 0);
}

/** A shop that is open. */
interface Open {
  readonly shop: ShopProcesses;
  readonly buyers: Buyers;
  readonly books: Books;
}
const opened = new Map<Place, Promise<Open>>();
const outcomes = new Map<Row, Promise<void>>();
const toClose: (() => Promise<void>)[] = [];

beforeAll(() => {
  let opening: Promise<unknown> = Promise.resolve();
  for (const place of places) {
    // One shop after the other: eight processes that start are enough at a time.
    const open = opening.then(() => openShop(place.broker));
    opened.set(place, open);
    opening = open.catch(() => undefined);
    let last: Promise<unknown> = opening;
    for (const row of place.points) {
      const outcome = last.then(async () => goThrough(await open, row));
      outcomes.set(row, outcome);
      last = outcome.catch(() => undefined);
    }
  }
});

afterAll(async () => {
  for (const close of toClose.toReversed()) await close();
}, 60_000);

async function openShop(broker: Place['broker']): Promise<Open> {
  const shop = await startShopProcesses({ broker });
  toClose.push(() => shop.stop());
  const books = createBooks(shop);
  toClose.push(() => books.close());
  return { shop, buyers: await createBuyers(shop, books), books };
}

/** Leads to the point, where the process dies, and from there to the end. */
async function goThrough({ shop, buyers }: Open, { service, point, wishes, waves = 1 }: Row): Promise<void> {
  // Either process of the order service may come there first: the other one sweeps up what it finds not started.
  const victims: ServiceName[] = service === 'order' ? ['order', 'order-b'] : [service];
  // After a point that went wrong.
  await shop.restartEnded();
  const begin = () => Promise.all(wishes.map((wish) => buyers.begin(wish)));
  let finish = await begin();
  const trap = await shop.setTrap(victims, point);
  // At once: should both die, there is nobody to take the orders until one is back.
  const restarted = trap.sprung.then((killed) => Promise.all(killed.map((name) => shop.restart(name))));
  restarted.catch(() => undefined);
  try {
    for (let wave = 1; ; wave++) {
      await Promise.all(finish.map((go) => go()));
      if (trap.hasSprung() || wave === waves) break;
      finish = await begin();
    }
    await soon(trap.sprung, `nobody came to the point ${JSON.stringify(point)}`);
  } finally {
    await trap.remove();
    await restarted;
  }
}

/** Rejects, saying so, when it takes longer than it may. */
async function soon(promise: Promise<unknown>, otherwise: string): Promise<void> {
  const { promise: over, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(otherwise)), afterwardsMs);
  await Promise.race([promise, over]).finally(() => clearTimeout(timer));
}

/** The points of the shops in turn, as they are gone through. */
const turns = Math.max(...places.map((place) => place.points.length));
const inTurn = Array.from({ length: turns }, (_, turn) =>
  places.flatMap((place) => {
    const row = place.points[turn];
    return row ? [[`${place.name}: ${row.name}`, row] as const] : [];
  }),
).flat();

describe('a process that is killed', () => {
  it.each(inTurn)('in %s is missed by nobody', async (_title, row) => outcomes.get(row), patienceMs);
});

describe.each(places.map((place) => [place.name, place] as const))('after all of it, in %s', (_name, place) => {
  let books: Books;
  let buyers: Buyers;
  beforeAll(async () => {
    ({ books, buyers } = await (opened.get(place) ?? Promise.reject(new Error('it was not opened'))));
  });
  const ids: Books['ids'] = (...query) => books.ids(...query);
  const bought = () =>
    buyers.placed
      .filter(({ wish }) => isConfirmed(wish))
      .map(({ id }) => id)
      .sort();

  it('stock is exact: what is there, held and sold is what there was, and only what was bought is sold', async () => {
    const wrong = 'SELECT product_id AS id FROM stock WHERE available + reserved + sold <> initial OR reserved <> 0';
    await expect.poll(() => ids('product', wrong), { timeout: settleMs }).toEqual([]);
    expect(await ids('product', `SELECT order_id AS id FROM reservations WHERE state = 'sold'`)).toEqual(bought());
    expect(await ids('product', 'SELECT sum(sold) AS id FROM stock')).toEqual([String(bought().length)]);
  });

  it('exactly what is confirmed is charged, once, and nothing is left held', async () => {
    expect(await ids('card-network', `SELECT key AS id FROM payments WHERE state = 'captured'`)).toEqual(bought());
    const held = `SELECT key AS id FROM payments WHERE state IN ('authorized', 'requires_action')`;
    expect(await ids('card-network', held)).toEqual([]);
    expect(await ids('payment', `SELECT order_id AS id FROM payments WHERE state = 'captured'`)).toEqual(bought());
    expect(await ids('order', `SELECT id FROM orders WHERE status = 'confirmed'`)).toEqual(bought());
  });

  it('every order that was bought has one invoice, and one mail of each kind', async () => {
    await expect.poll(() => ids('payment', 'SELECT order_id AS id FROM invoices'), { timeout: settleMs }).toEqual(bought());
    const isBought = (id: string) => bought().includes(id);
    for (const kind of ['order.confirmed', 'order.shipped']) {
      const mails = () => ids('notification', 'SELECT order_id AS id FROM mails WHERE kind = $1', kind);
      await expect.poll(async () => (await mails()).filter(isBought), { timeout: settleMs }).toEqual(bought());
    }
  });

  it('whoever opened an account can be written to, by the name that was given last', async () => {
    const accounts = await ids('user', `SELECT id || ' ' || name AS id FROM users WHERE roles = '{}'`);
    expect(accounts.length).toBeGreaterThan(0);
    const recipients = () => ids('notification', `SELECT user_id || ' ' || name AS id FROM recipients`);
    await expect.poll(recipients, { timeout: settleMs }).toEqual(accounts);
  });

  it('no saga is stuck, no event is lost on the way, and none was given up', async () => {
    expect(await ids('order', `SELECT id FROM hikyaku.sagas WHERE state NOT IN ('compensated', 'completed')`)).toEqual([]);
    const services = ['user', 'order', 'payment', 'product', 'cart', 'notification'] as const;
    for (const table of ['outbox', 'outbox_refused', 'inbox_parked', 'dead_letters'])
      for (const service of services)
        await expect.poll(() => ids(service, `SELECT id FROM hikyaku.${table}`), { timeout: settleMs }).toEqual([]);
    await expect.poll(() => ids('card-network', 'SELECT id FROM webhooks'), { timeout: settleMs }).toEqual([]);
  });
});
