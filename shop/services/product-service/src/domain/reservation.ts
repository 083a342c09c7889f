/**
 * The life of a reservation: the pieces one order holds. Pure decisions; `application/reservations.ts` carries them out.
 *
 *     (none) ──reserve──► reserved ──commit──► committed ──parcel sent──► sold
 *       │                  │    └──time is up──► expired ──commit──► committed, if there are pieces left
 *       └──release──► released ◄──release── reserved, committed
 *
 * Messages may come twice and in any order. A release of an order that holds nothing leaves `released` behind, so that a reserve
 * which was on its way then is refused.
 */

export type ReservationState = 'reserved' | 'committed' | 'released' | 'expired' | 'sold';

/** The states in which the order holds pieces. */
export const holding: readonly ReservationState[] = ['reserved', 'committed'];

export interface ReservationItem {
  productId: string;
  /** Pieces, at least 1. */
  quantity: number;
}

/** What the order asks for cannot be done any more, or never again. */
export class ReservationEnded extends Error {
  readonly code: 'reservation_released' | 'reservation_expired' | 'reservation_sold';

  constructor(orderId: string, state: 'released' | 'expired' | 'sold') {
    super(`The stock of order ${orderId} has been ${state === 'expired' ? 'given back, its time was up' : state}.`);
    this.code = `reservation_${state}`;
  }
}

/** Fewer pieces are available than were asked for. */
export class OutOfStock extends Error {
  readonly code = 'out_of_stock';
  readonly productId: string;

  constructor(productId: string) {
    super(`Not enough of "${productId}" is in stock.`);
    this.productId = productId;
  }
}

/** Of an order that wants to reserve and has a reservation. Throws `ReservationEnded` when that was given back. */
export function refuseIfEnded(orderId: string, state: ReservationState | undefined): void {
  if (state === 'released' || state === 'expired') throw new ReservationEnded(orderId, state);
}

/**
 * What has to be done so that the order keeps its pieces: note that it does, take them once more (its time was up while it was being
 * paid), or nothing: it keeps them already. Throws `ReservationEnded` when it never had any, or gave them back for good.
 */
export function toCommit(orderId: string, state: ReservationState | undefined): 'keep' | 'take-again' | 'nothing' {
  if (state === undefined || state === 'released') throw new ReservationEnded(orderId, 'released');
  if (state === 'expired') return 'take-again';
  return state === 'reserved' ? 'keep' : 'nothing';
}

/** True when stock is to be given back, false when nothing is held. Throws `ReservationEnded` when it has been sold. */
export function mustRelease(orderId: string, state: ReservationState | undefined): boolean {
  if (state === 'sold') throw new ReservationEnded(orderId, state);
  return state !== undefined && holding.includes(state);
}

/** Of an order whose pieces are to be sold. Throws `ReservationEnded` when it gave them back, also when it never had any. */
export function refuseIfGone(orderId: string, state: ReservationState | undefined): void {
  refuseIfEnded(orderId, state ?? 'released');
}
