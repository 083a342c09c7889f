/**
 * Exchanges a card for a token. From here on everybody, this service included, knows the card by the token only.
 */
import { randomUUID } from 'node:crypto';
import { type CardInput, type CardSummary, readCard } from '../domain/card.ts';
import type { PaymentProvider } from './payment-provider.ts';

export interface PaymentMethod extends CardSummary {
  /** Worth nothing to anybody but the user it was made for. */
  token: string;
}

/** Where payment methods are kept. */
export interface PaymentMethods {
  add(method: PaymentMethod & { userId: string; networkReference: string }): Promise<void>;
}

export interface TokenisingOptions {
  methods: PaymentMethods;
  register: PaymentProvider['register'];
  now: () => Date;
}

export type Tokenise = (userId: string, card: CardInput) => Promise<PaymentMethod>;

/** The function that tokenises; it throws `CardRejected` or `CardRefused`. */
export function createTokenising({ methods, register, now }: TokenisingOptions): Tokenise {
  return async (userId, card) => {
    const { digits, summary } = readCard(card, now());
    const method = { token: `pm_${randomUUID()}`, ...summary };
    await methods.add({ ...method, userId, networkReference: await register({ ...card, digits }) });
    return method;
  };
}
