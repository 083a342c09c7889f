/**
 * The life of the one payment an order may have. Pure decisions; `application/payments.ts` carries them out.
 *
 *   (none) ─► authorizing ─┬─► requires_action ─┐
 *                │         ├────────────────────┴─► authorized ───┬─► captured ─► refunding ─► refunded
 *                │         └─► declined                 │         │
 *                └──────────────────────────────────────┴─► voiding
 *   (none) ─► voided                                           └─► voided
 *
 * The states in `-ing` are written down before the provider is asked and mean that the outcome is not known: the process died, or no
 * answer came. Asking again under the same key is what settles them. Each is there for a reason: without `authorizing` a void would
 * find no payment and ask nobody to let go what is held; `voiding` and `refunding` refuse what comes late. A capture needs none: a
 * payment that may have been captured is still `authorized`, and whoever asks next, to capture it or to let it go, is told by the
 * provider what it is. A payment that is `voided` without ever having been asked for is a tombstone: it refuses what comes late.
 */

export type PaymentState =
  'authorizing' | 'requires_action' | 'authorized' | 'declined' | 'captured' | 'voiding' | 'voided' | 'refunding' | 'refunded';

export interface Payment {
  orderId: string;
  userId: string;
  amountYen: number;
  state: PaymentState;
  /** Why it was declined. */
  reason?: string;
  /** Where the buyer gives consent, while the state is `requires_action`. */
  actionUrl?: string;
  /** The provider that was asked, its name for the payment once it is known, and its name for the card. */
  provider?: string;
  providerId?: string;
  card?: string;
}

/** The bank said no. Trying again would not help. */
export class PaymentDeclined extends Error {
  /** `card_declined`, `insufficient_funds`, `authentication_failed`, … */
  readonly code: string;

  constructor(reason: string) {
    super(`The payment was declined (${reason.replaceAll('_', ' ')}).`);
    this.code = reason;
  }
}

/** What is asked for does not fit what has become of the payment; asking again will not help. */
export class PaymentConflict extends Error {
  readonly code: 'payment_cancelled' | 'payment_captured' | 'payment_elsewhere' | 'payment_mismatch' | 'payment_not_authorized';

  constructor(code: PaymentConflict['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** What may follow directly on each state. */
const next: Readonly<Record<PaymentState, readonly PaymentState[]>> = {
  authorizing: ['requires_action', 'authorized', 'declined', 'voiding'],
  requires_action: ['authorized', 'declined', 'voiding'],
  authorized: ['captured', 'voiding'],
  declined: [],
  captured: ['refunding'],
  // A capture under way may win against the void, a refusal may come first.
  voiding: ['voided', 'declined', 'captured'],
  voided: [],
  refunding: ['refunded'],
  refunded: [],
};

const allStates: readonly PaymentState[] = [
  'authorizing',
  'requires_action',
  'authorized',
  'declined',
  'captured',
  'voiding',
  'voided',
  'refunding',
  'refunded',
];

/** The text as a state; undefined when it is none. */
export const paymentState = (text: unknown): PaymentState | undefined => allStates.find((state) => state === text);

/** The states before `state`, at any distance: news that the payment is in `state` is news to a payment in one of these only. */
export function statesBefore(state: PaymentState): readonly PaymentState[] {
  return allStates.filter((before) => before !== state && reaches(before, state));
}

function reaches(from: PaymentState, to: PaymentState): boolean {
  return next[from].some((state) => state === to || reaches(state, to));
}

/** What an authorisation that is asked for again finds. Throws `PaymentDeclined` or `PaymentConflict`. */
export function authorization(payment: Payment): 'unknown' | 'requires_action' | 'authorized' {
  switch (payment.state) {
    case 'authorizing':
      return 'unknown';
    case 'requires_action':
      return 'requires_action';
    case 'authorized':
    case 'captured':
      return 'authorized';
    case 'declined':
      throw new PaymentDeclined(payment.reason ?? 'card_declined');
    default:
      throw cancelled(payment);
  }
}

/** Whether the provider still has to be asked to capture. Throws `PaymentDeclined` or `PaymentConflict`. */
export function mustCapture(payment: Payment): boolean {
  if (authorization(payment) !== 'authorized')
    throw new PaymentConflict('payment_not_authorized', `The payment of order ${payment.orderId} has not been authorised.`);
  return payment.state !== 'captured';
}

/** The state in which the provider is asked to void, undefined when there is nothing (left) to void. Throws `PaymentConflict`. */
export function towardsVoid({ state, orderId }: Payment): 'voiding' | 'refunding' | undefined {
  if (state !== 'captured') return towardsRefund(state);
  throw new PaymentConflict('payment_captured', `The payment of order ${orderId} has been captured: it can only be refunded.`);
}

/** The state in which the provider is asked to give back or let go what there is; undefined when there is nothing (left). */
export function towardsRefund(state: PaymentState): 'voiding' | 'refunding' | undefined {
  switch (state) {
    case 'authorizing':
    case 'requires_action':
    case 'authorized':
    case 'voiding':
      return 'voiding';
    case 'captured':
    case 'refunding':
      return 'refunding';
    case 'declined':
    case 'voided':
    case 'refunded':
      return undefined;
  }
}

function cancelled({ orderId }: Payment): PaymentConflict {
  return new PaymentConflict('payment_cancelled', `The payment of order ${orderId} has been cancelled.`);
}
