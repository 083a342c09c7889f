/** Sends the purchase, and keeps the attempt across reloads of the page until its outcome is known. */
import { api } from '../api/index.ts';
import { ApiError } from '../api/problem.ts';
import type { Cart } from '../cart/cart.ts';
import { attemptFor, parseAttempt } from './attempt.ts';

const storageKey = 'hikyaku.attempt';

/**
 * Resolves with the id of the order. Rejects with an ApiError; when its outcome is unknown, call again with the same cart and
 * card: it is the same attempt.
 */
export async function placeOrder(cart: Cart, card: string): Promise<string> {
  const attempt = attemptFor(parseAttempt(sessionStorage.getItem(storageKey)), cart, card, () => crypto.randomUUID());
  sessionStorage.setItem(storageKey, JSON.stringify(attempt));
  try {
    const order = await api.placeOrder({ items: [...cart], card }, attempt.idempotencyKey);
    sessionStorage.removeItem(storageKey);
    return order.id;
  } catch (error) {
    if (error instanceof ApiError && !error.outcomeIsUnknown) sessionStorage.removeItem(storageKey);
    throw error;
  }
}
