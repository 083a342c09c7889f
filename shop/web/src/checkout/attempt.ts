/**
 * One attempt to buy, which may take several requests. As long as the person sends the same goods with the same card, every
 * request carries the same Idempotency-Key, so that pressing again after a lost answer can neither order nor charge twice.
 * Other goods or another card are another attempt.
 */
import { type Decoder, record, text } from '../api/decode.ts';
import type { Cart } from '../cart/cart.ts';

export interface Attempt {
  idempotencyKey: string;
  /** What was sent, without the card's number: the goods and the last four digits. */
  subject: string;
}

const storedAttempt: Decoder<Attempt> = record<Attempt>({ idempotencyKey: text, subject: text });

/** The attempt to use for these goods and this card: the previous one when it is the same purchase. */
export function attemptFor(previous: Attempt | undefined, cart: Cart, card: string, newKey: () => string): Attempt {
  const subject = JSON.stringify([cart, card.slice(-4)]);
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
