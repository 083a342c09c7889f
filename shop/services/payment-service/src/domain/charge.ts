/**
 * The life of the one charge an order may have. Pure decisions; `application/charging.ts` carries them out.
 *
 *     (none) ──charge──► pending ──network says yes──► charged ──refund──► refunding ──► refunded
 *       │                   ├──────network says no───► declined               ▲   └────► voided
 *       │                   └──refund (outcome unknown) ─────────────────────-┘
 *       └──refund──► voided
 *
 * `pending` means that the network may or may not have booked it: the process died or no answer came. Asking the network again
 * under the same key is what settles it. `voided` refuses a charge that arrives after its own refund.
 */

export type ChargeState = 'pending' | 'charged' | 'declined' | 'refunding' | 'refunded' | 'voided';

export interface Charge {
  orderId: string;
  userId: string;
  amountYen: number;
  state: ChargeState;
}

/** The bank said no. Trying again would not help. */
export class CardDeclined extends Error {
  readonly code = 'card_declined';

  constructor() {
    super('The card was declined.');
  }
}

/** The order has been refunded: it cannot be charged any more. */
export class ChargeCancelled extends Error {
  readonly code = 'charge_cancelled';

  constructor(orderId: string) {
    super(`The payment of order ${orderId} has been cancelled.`);
  }
}

/** True when the network still has to be asked, false when it is charged. Throws `CardDeclined` or `ChargeCancelled`. */
export function mustCharge({ orderId, state }: Charge): boolean {
  switch (state) {
    case 'pending':
      return true;
    case 'charged':
      return false;
    case 'declined':
      throw new CardDeclined();
    case 'refunding':
    case 'refunded':
    case 'voided':
      throw new ChargeCancelled(orderId);
  }
}

/** True when the network has to be asked to take the charge back: it has, or may have, booked it. */
export function mustRefund(state: ChargeState): boolean {
  return state === 'pending' || state === 'charged' || state === 'refunding';
}
