/** Nothing is lost and nothing done twice when any process is killed with -9 while orders are in flight. */
import { Pods } from '@hikyaku/resources';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { brokenInvariants, cards, ordersWithoutOneInvoice, products, query, signUp } from './support/shop.ts';
import type { Buyer, Product } from './support/shop.ts';
import { eventually, startSystem } from './support/system.ts';
import type { System } from './support/system.ts';

const inFlight = 20;
let system: System;
let buyer: Buyer;
let catalogue: Product[];

beforeAll(async () => {
  system = await startSystem({ args: ['--no-watch'] });
  await system.printed(/ready in/);
  buyer = await signUp(system.url);
  catalogue = (await products(system.url)).filter(({ stock }) => stock > 0);
});
afterAll(async () => system.purge());

describe.each([
  'order-service',
  'product-service',
  'payment-service',
  'card-network',
  'user-service',
  'cart-service',
  'notification-service',
  'postgres',
])('kill -9 on %s while orders are in flight', (workload) => {
  it('loses nothing', async () => {
    const accepted = await placeOrdersAnd(async () => killPod(workload));
    await everythingSettles(accepted);
  });
});

describe('kill -9 on hikyaku itself while orders are in flight', () => {
  it('ends every process, and loses nothing once it is started again', async () => {
    const pids = await podProcesses();
    const accepted = await placeOrdersAnd(async () => {
      await system.end('SIGKILL');
    });
    await eventually('all Pods end with their supervisor', () => (pids.some(isAlive) ? undefined : true));
    system = await system.restart();
    await system.printed(/ready in/);
    await everythingSettles(accepted);
  });
});

/** Places orders one after the other, strikes once the first half is accepted, and returns the ids of all that were accepted. */
async function placeOrdersAnd(strike: () => Promise<void>): Promise<string[]> {
  const accepted: string[] = [];
  let struck: Promise<void> | undefined;
  const place = async (index: number): Promise<void> => {
    const wanted = catalogue[index % catalogue.length];
    const card = [cards.succeeds, cards.succeeds, cards.timesOutOnce, cards.declined][index % 4] ?? cards.succeeds;
    // Refused connections and 5xx are what a caller may see at such a moment; an order counts from its 202 on.
    const answer = await buyer.order(wanted?.id ?? '', { card }).catch(() => undefined);
    if (answer?.status === 202) accepted.push(answer.body.id);
    if (accepted.length >= inFlight / 2) struck ??= strike();
  };
  await Promise.all(Array.from({ length: inFlight }, (_, index) => place(index)));
  await (struck ?? strike());
  expect(accepted.length).toBeGreaterThanOrEqual(inFlight / 2);
  return accepted;
}

async function everythingSettles(accepted: string[]): Promise<void> {
  for (const id of accepted) expect(['confirmed', 'cancelled']).toContain((await buyer.settled(id, 60_000)).status);
  await eventually(
    'orders without an answer settle too',
    async () => {
      const open = await query(system, 'order_service', `SELECT id FROM orders WHERE status = 'pending'`);
      return open.length === 0 ? true : undefined;
    },
    60_000,
  );
  await eventually(
    'every confirmed order has one invoice',
    async () => ((await ordersWithoutOneInvoice(system)).length === 0 ? true : undefined),
    60_000,
  );
  expect(
    await eventually('the books balance', async () => ((await brokenInvariants(system)).length === 0 ? [] : undefined)).catch(
      () => brokenInvariants(system),
    ),
  ).toEqual([]);
}

/** Kills the workload's process the way the kernel would: without a warning, and only it. */
async function killPod(workload: string): Promise<void> {
  const [pid] = await podProcesses(workload);
  if (pid === undefined) throw new Error(`no process of ${workload}`);
  process.kill(pid, 'SIGKILL');
}

/** Pids of the containers of all Pods, or of one workload, as the node reports them in `status.containerStatuses[].containerID`. */
async function podProcesses(workload?: string): Promise<number[]> {
  const client = await system.client();
  const { items } = await client.list(Pods, { namespace: 'shop' });
  return items
    .filter(({ metadata }) => workload === undefined || metadata.labels?.app === workload)
    .flatMap(({ status }) => status?.containerStatuses ?? [])
    .flatMap(({ containerID }) => /^process:\/\/(\d+)/.exec(containerID ?? '')?.[1] ?? [])
    .map(Number);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
