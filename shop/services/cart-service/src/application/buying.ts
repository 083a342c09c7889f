/**
 * Taking what was bought out of the cart, once per order. The event `order.confirmed` and the checkout saga both ask for it, in any
 * order and any number of times; what one of them has done the other finds done.
 */
import { type CartLines, takeBought } from '../domain/cart.ts';
import type { CartBook } from './carts.ts';

export interface BoughtOrder {
  orderId: string;
  userId: string;
  items: CartLines;
}

/** One transaction: the carts, the orders that are done, and the events that go out when, and only when, it commits. */
export interface Unit {
  carts: CartBook;
  /** Notes the order as done; false when it was. Of two transactions for one order the second waits for the first. */
  enter: (order: { orderId: string; userId: string }) => Promise<boolean>;
  publish: (event: { type: 'cart.cleared'; userId: string; orderId: string }) => Promise<void>;
}

/** `cart.cleared` says that the cart changed; an order of what was in no cart publishes nothing. */
export async function clearBought({ carts, enter, publish }: Unit, { orderId, userId, items }: BoughtOrder): Promise<void> {
  if (!(await enter({ orderId, userId }))) return;
  const { lines } = await carts.find(userId);
  // Most orders of a customer without a cart end here: no lock, no row.
  if (!lines.some(({ productId }) => items.some((item) => item.productId === productId))) return;
  await carts.change(userId, (current) => takeBought(current, items));
  await publish({ type: 'cart.cleared', userId, orderId });
}
