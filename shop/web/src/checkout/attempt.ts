/**
 * One attempt to buy, which may take several requests. As long as the person sends the same goods with the same card to the same place, every
 * request carries the same Idempotency-Key and the same token of the card, so that pressing again after a lost answer can neither order nor
 * charge twice. Other goods, another card or another place are another attempt.
 */
import type { Address } from '../api/addresses.ts';
import { type Decoder, optional, record, text } from '../api/decode.ts';
import type { WantedItem } from '../api/orders.ts';

/** What a person wants to buy. The card's number is kept nowhere. */
export interface Purchase {
  items: WantedItem[];
  /** Digits. */
  card: string;
  shippingAddress: Address;
}

export interface Attempt {
  idempotencyKey: string;
  /** What is bought, without the card's number: the goods, the address and the last four digits. */
  subject: string;
  /** Stands for the card; undefined until there is one. */
  paymentToken: string | undefined;
}

const storedAttempt: Decoder<Attempt> = record<Attempt>({ idempotencyKey: text, subject: text, paymentToken: optional(text) });

/** The attempt to use for this purchase: the previous one when it is the same. */
export function attemptFor(previous: Attempt | undefined, purchase: Purchase, newKey: () => string): Attempt {
  const subject = JSON.stringify([purchase.items, purchase.card.slice(-4), purchase.shippingAddress]);
  return previous?.subject === subject ? previous : { idempotencyKey: newKey(), subject, paymentToken: undefined };
}

export function parseAttempt(stored: string | null): Attempt | undefined {
  if (stored === null) return undefined;
  try {
    return storedAttempt(JSON.parse(stored), '');
  } catch {
    return undefined;
  }
}
