/**
 * Sends the purchase, and keeps the attempt across reloads of the page until its outcome is known. The card's number goes to the payment
 * service alone; the order knows the token that it gave.
 */
import { api } from '../api/index.ts';
import { ApiError } from '../api/problem.ts';
import { type Attempt, attemptFor, parseAttempt, type Purchase } from './attempt.ts';

const storageKey = 'hikyaku.attempt';

/**
 * Resolves with the id of the order. Rejects with an ApiError; when its outcome is unknown, call again with the same purchase: it
 * is the same attempt.
 */
export async function placeOrder(purchase: Purchase): Promise<string> {
  const { items, card, shippingAddress } = purchase;
  const attempt = attemptFor(parseAttempt(sessionStorage.getItem(storageKey)), purchase, () => crypto.randomUUID());
  try {
    const paymentToken = attempt.paymentToken ?? (await api.addPaymentMethod(card)).token;
    keep({ ...attempt, paymentToken });
    const { id } = await api.placeOrder({ items, paymentToken, shippingAddress }, attempt.idempotencyKey);
    sessionStorage.removeItem(storageKey);
    return id;
  } catch (error) {
    if (error instanceof ApiError && !error.outcomeIsUnknown) sessionStorage.removeItem(storageKey);
    throw error;
  }
}

function keep(attempt: Attempt): void {
  sessionStorage.setItem(storageKey, JSON.stringify(attempt));
}
