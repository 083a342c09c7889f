/**
 * The port to whoever moves the money: the card network, or Stripe. The adapters are adapters/card-network/ and adapters/stripe/; what
 * every one of them must do is adapters/payment-provider.suite.ts.
 *
 * The order's id is the idempotency key of all that is asked: everything may be repeated and has its effect once. An operation that
 * does not apply changes nothing. The answer is always the payment as the provider has it afterwards.
 */

export interface PaymentProvider {
  /** Kept with each payment: only the provider that authorised it can capture it or give it back. */
  readonly name: string;
  /** Hands over the card and resolves to the provider's name for it. Throws `CardRefused`. */
  register(card: { digits: string; expMonth?: number; expYear?: number }): Promise<string>;
  /** Holds the amount on the card without taking it. */
  authorize(booking: Booking): Promise<ProviderPayment>;
  /** Takes the amount that is held. */
  capture(booking: Booking): Promise<ProviderPayment>;
  /** Lets go what is held. Afterwards an authorisation or capture that was under way is refused. */
  void(booking: Booking): Promise<ProviderPayment>;
  /** Gives back what was taken. */
  refund(booking: Booking): Promise<ProviderPayment>;
  /** The payment, undefined when the provider does not know it (by this key alone). */
  find(booking: Booking): Promise<ProviderPayment | undefined>;
  /** Whether the error says that the provider is unwell: no answer, or one that is none. */
  isUnwell(error: unknown): boolean;
}

export interface Booking {
  /** The order. */
  key: string;
  /** The provider's name for the card, of `register`. */
  card: string;
  amountYen: number;
  /** The provider's name for the payment, where it has told one. */
  id?: string;
}

export interface ProviderPayment {
  id: string;
  state: 'requires_action' | 'authorized' | 'declined' | 'captured' | 'voided' | 'refunded';
  /** Why it was declined. */
  reason?: string;
  /** Where the buyer gives consent. */
  actionUrl?: string;
}

/** The provider will not take this card. The message never contains the number. */
export class CardRefused extends Error {
  readonly code: string;

  constructor(code: string) {
    super('The card cannot be used.');
    this.code = code;
  }
}
