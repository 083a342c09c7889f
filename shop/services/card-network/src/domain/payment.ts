/**
 * The life of a payment in the network's books. Pure decisions.
 *
 *     authorize ─┬─► authorized ──capture──► captured ──refund──► refunded
 *                │       ▲   └──void──┐
 *                ├─► requires_action ─┼─► voided
 *                │       └──refuse──┐ │
 *                └─► declined ◄─────┘ └─ (also when nothing was ever asked for: what comes late is refused)
 */

export const paymentStates = ['requires_action', 'authorized', 'declined', 'captured', 'voided', 'refunded'] as const;
export type PaymentState = (typeof paymentStates)[number];

export type Operation = 'capture' | 'void' | 'refund' | 'approve' | 'refuse';

export type EventType =
  | 'authorization.succeeded'
  | 'authorization.failed'
  | 'authorization.requires_action'
  | 'authorization.voided'
  | 'authentication.succeeded'
  | 'authentication.failed'
  | 'capture.succeeded'
  | 'refund.succeeded';

export interface Payment {
  /** The merchant's idempotency key. */
  key: string;
  /** The network's own name for it. */
  id: string;
  state: PaymentState;
  amountYen: number;
  /** Why it was declined. */
  reason?: string;
  /** Of the page on which the buyer gives consent; while the payment requires it, and afterwards to show what became of it. */
  authenticationId?: string;
  /** Where that page sends the buyer. */
  returnUrl?: string;
}

export interface Change {
  from: readonly PaymentState[];
  to: PaymentState;
  event: EventType;
  reason?: string;
}

/** What an operation does. It changes nothing when the payment is in none of the states of `from`. */
export const changes: Readonly<Record<Operation, Change>> = {
  capture: { from: ['authorized'], to: 'captured', event: 'capture.succeeded' },
  void: { from: ['authorized', 'requires_action'], to: 'voided', event: 'authorization.voided' },
  refund: { from: ['captured'], to: 'refunded', event: 'refund.succeeded' },
  approve: { from: ['requires_action'], to: 'authorized', event: 'authentication.succeeded' },
  refuse: { from: ['requires_action'], to: 'declined', event: 'authentication.failed', reason: 'authentication_failed' },
};
