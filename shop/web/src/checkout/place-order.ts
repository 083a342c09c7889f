/** Sends the purchase, and keeps the attempt across reloads of the page until its outcome is known. */
import { api } from '../api/index.ts';
import type { OrderRequest } from '../api/orders.ts';
import { ApiError } from '../api/problem.ts';
import { attemptFor, parseAttempt } from './attempt.ts';

const storageKey = 'hikyaku.attempt';

/**
 * Resolves with the id of the order. Rejects with an ApiError; when its outcome is unknown, call again with the same order: it
 * is the same attempt.
 */
export async function placeOrder(order: OrderRequest): Promise<string> {
  const attempt = attemptFor(parseAttempt(sessionStorage.getItem(storageKey)), order, () => crypto.randomUUID());
  sessionStorage.setItem(storageKey, JSON.stringify(attempt));
  try {
    const { id } = await api.placeOrder(order, attempt.idempotencyKey);
    sessionStorage.removeItem(storageKey);
    return id;
  } catch (error) {
    if (error instanceof ApiError && !error.outcomeIsUnknown) sessionStorage.removeItem(storageKey);
    throw error;
  }
}
