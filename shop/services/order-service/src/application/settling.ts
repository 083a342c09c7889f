/**
 * The two ends of an order. Either may be asked for again after it has happened; neither can turn into the other.
 */
import type { OrderStatus } from '../domain/order.ts';
import type { Outcome, Unit } from './order-book.ts';

/** The order has ended the other way, or there is none. A saga that gets here has lost its order: somebody has to look. */
export class CannotSettle extends Error {
  readonly code = 'cannot_settle';

  constructor(id: string, wanted: OrderStatus, actual: OrderStatus | undefined) {
    super(`Order ${id} cannot become ${wanted}: it is ${actual ?? 'unknown'}.`);
  }
}

/** Throws `CannotSettle`. */
export function confirm(unit: Unit, id: string): Promise<void> {
  return settle(unit, id, { status: 'confirmed' });
}

/** `reason` is a stable code such as `card_declined`. Throws `CannotSettle`. */
export function cancel(unit: Unit, id: string, reason: string): Promise<void> {
  return settle(unit, id, { status: 'cancelled', reason });
}

async function settle({ orders, publish }: Unit, id: string, outcome: Outcome): Promise<void> {
  const changed = await orders.settle(id, outcome);
  const order = await orders.find(id);
  if (order?.status !== outcome.status) throw new CannotSettle(id, outcome.status, order?.status);
  if (changed) await publish({ type: `order.${outcome.status}`, order });
}
