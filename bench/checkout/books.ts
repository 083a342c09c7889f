/** What must be true once everything has come to rest: nothing lost, nothing done twice, every piece accounted for. */
import { setTimeout as delay } from 'node:timers/promises';
import { brokenInvariants, ordersWithoutOneInvoice, query } from '../../test/support/shop.ts';
import type { System } from '../../test/support/system.ts';
import { countPending } from './database.ts';

const pollMs = 250;

/** Resolves with the seconds until no order is pending any more, or rejects after `patienceMs`. */
export async function untilNonePending(system: System, patienceMs: number): Promise<number> {
  const startedAt = performance.now();
  for (;;) {
    const pending = await countPending(system);
    const waitedMs = performance.now() - startedAt;
    if (pending === 0) return waitedMs / 1000;
    if (waitedMs > patienceMs) throw new Error(`${pending} orders are pending ${patienceMs / 1000} s after the last was placed`);
    await delay(pollMs);
  }
}

/** What is wrong in the books; events are given `patienceMs` to arrive. An empty list: all is exact. */
export async function auditWhenAtRest(system: System, accepted: readonly string[], patienceMs: number): Promise<string[]> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const wrong = await audit(system, accepted);
    if (wrong.length === 0 || performance.now() > deadline) return wrong;
    await delay(4 * pollMs);
  }
}

async function audit(system: System, accepted: readonly string[]): Promise<string[]> {
  const orders = await query<{ id: string; status: string }>(system, 'order_service', 'SELECT id, status FROM orders');
  const known = new Set(orders.map(({ id }) => id));
  const lost = accepted.filter((id) => !known.has(id));
  const invoices = await ordersWithoutOneInvoice(system);
  const confirmed = orders.filter(({ status }) => status === 'confirmed').map(({ id }) => id);
  const mails = await ordersWithoutOneMail(system, confirmed);
  return [
    ...few('accepted and then lost', lost),
    ...few('without exactly one invoice', invoices),
    ...few('without exactly one mail of confirmation', mails),
    ...(await brokenInvariants(system)),
  ];
}

async function ordersWithoutOneMail(system: System, confirmed: readonly string[]): Promise<string[]> {
  const mails = await query<{ order_id: string; count: string }>(
    system,
    'notification_service',
    `SELECT order_id, count(*) FROM mails WHERE kind = 'order.confirmed' GROUP BY order_id`,
  );
  const counts = new Map(mails.map(({ order_id: id, count }) => [id, Number(count)]));
  const wanted = new Set(confirmed);
  return [...confirmed.filter((id) => counts.get(id) !== 1), ...[...counts.keys()].filter((id) => !wanted.has(id))];
}

function few(what: string, ids: readonly string[]): string[] {
  return ids.length === 0 ? [] : [`${ids.length} orders ${what}: ${ids.slice(0, 3).join(', ')} …`];
}
