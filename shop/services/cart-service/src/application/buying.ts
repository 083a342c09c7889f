/**
 * Taking what was bought out of the cart, once per order, and giving it back when the order is cancelled after all. The event
 * `order.confirmed` and the checkout saga both ask for the first, in any order and any number of times; what one of them has done the
 * other finds done.
 */
import { type CartLines, giveBack, takeBought } from '../domain/cart.ts';
import type { Cart, CartBook } from './carts.ts';

export interface BoughtOrder {
  orderId: string;
  userId: string;
  items: CartLines;
}

/** One transaction: the carts, the orders that are done, and the events that go out when, and only when, it commits. */
export interface Unit {
  carts: Pick<CartBook, 'change'>;
  /**
   * Notes the orders as done and resolves to their carts, in order; undefined for one that was. Of two transactions for one order the second waits for the
   * first.
   */
  enter: (orders: readonly { orderId: string; userId: string }[]) => Promise<(Cart | undefined)[]>;
  /** Notes what was taken out for an order that was entered. */
  noteTaken: (orderId: string, lines: CartLines) => Promise<void>;
  /** What was taken out for the order and not given back yet. From then on nothing is: the order counts as done. */
  leave: (order: { orderId: string; userId: string }) => Promise<CartLines>;
  publish: (event: { type: 'cart.cleared'; userId: string; orderId: string }) => Promise<void>;
}

/** `cart.cleared` says that the cart changed; an order of what was in no cart publishes nothing. */
export async function clearBought(unit: Unit, orders: readonly BoughtOrder[]): Promise<void> {
  const carts = await unit.enter(orders);
  for (const [index, order] of orders.entries()) {
    const wasThere = carts[index]?.lines.some(({ productId }) => order.items.some((item) => item.productId === productId));
    // Most orders of a customer without a cart end here: no lock, no row.
    if (wasThere) await takeOut(unit, order);
  }
}

async function takeOut({ carts, noteTaken, publish }: Unit, { orderId, userId, items }: BoughtOrder): Promise<void> {
  let taken: CartLines = [];
  await carts.change(userId, (current) => {
    const parted = takeBought(current, items);
    taken = parted.taken;
    return parted.left;
  });
  await noteTaken(orderId, taken);
  if (taken.length > 0) await publish({ type: 'cart.cleared', userId, orderId });
}

/** A cancelled order leaves the cart as if it had never been; what has come into it since stays. */
export async function giveBackCancelled({ carts, leave }: Unit, order: { orderId: string; userId: string }): Promise<void> {
  const taken = await leave(order);
  if (taken.length > 0) await carts.change(order.userId, (current) => giveBack(current, taken));
}

export interface ClearingPorts {
  /** Those of the orders that are done. */
  done: (orderIds: readonly string[]) => Promise<string[]>;
  inTransaction: (work: (unit: Unit) => Promise<void>) => Promise<void>;
}

/** What checkouts ask for. The events have nearly always come before, and one look tells. */
export async function ensureCleared({ done, inTransaction }: ClearingPorts, orders: readonly BoughtOrder[]): Promise<void> {
  const isDone = new Set(await done(orders.map(({ orderId }) => orderId)));
  for (const order of orders) if (!isDone.has(order.orderId)) await inTransaction((unit) => clearBought(unit, [order]));
}
