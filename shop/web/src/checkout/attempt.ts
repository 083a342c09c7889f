/**
 * One attempt to buy, which may take several requests. As long as the person sends the same goods with the same card to the same place, every
 * request carries the same Idempotency-Key, so that pressing again after a lost answer can neither order nor charge twice.
 * Other goods, another card or another place are another attempt.
 */
import { type Decoder, record, text } from '../api/decode.ts';
import type { OrderRequest } from '../api/orders.ts';

export interface Attempt {
  idempotencyKey: string;
  /** What was sent, without the card's number: the goods, the address and the last four digits. */
  subject: string;
}

const storedAttempt: Decoder<Attempt> = record<Attempt>({ idempotencyKey: text, subject: text });

/** The attempt to use for this order: the previous one when it is the same purchase. */
export function attemptFor(previous: Attempt | undefined, order: OrderRequest, newKey: () => string): Attempt {
  const subject = JSON.stringify([order.items, order.card.slice(-4), order.shippingAddress]);
  return previous?.subject === subject ? previous : { idempotencyKey: newKey(), subject };
}

export function parseAttempt(stored: string | null): Attempt | undefined {
  if (stored === null) return undefined;
  try {
    return storedAttempt(JSON.parse(stored), '');
  } catch {
    return undefined;
  }
}
