/**
 * The life of a reservation: the pieces one order holds. Pure decisions; `application/reservations.ts` carries them out.
 *
 *     (none) ──reserve──► reserved ──sell──► sold
 *       │                    │
 *       └──release──► released ◄──release
 *
 * Messages may come twice and in any order. A release of an order that holds nothing leaves `released` behind,
 * so that a reserve which was on its way then is refused.
 */

export type ReservationState = 'reserved' | 'released' | 'sold';

export interface ReservationItem {
  productId: string;
  /** Pieces, at least 1. */
  quantity: number;
}

/** The order has been given up: no stock may be held for it any more. */
export class ReservationReleased extends Error {
  readonly code = 'reservation_released';

  constructor(orderId: string) {
    super(`The stock of order ${orderId} has been released; it cannot be reserved or sold.`);
  }
}

/** The pieces have been sold; they cannot be given back by a release. */
export class ReservationSold extends Error {
  readonly code = 'reservation_sold';

  constructor(orderId: string) {
    super(`The stock of order ${orderId} has been sold; it cannot be released.`);
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

/** True when stock is to be taken, false when this order holds it already. Throws `ReservationReleased`. */
export function mustReserve(orderId: string, state: ReservationState | undefined): boolean {
  if (state === 'released') throw new ReservationReleased(orderId);
  return state === undefined;
}

/** True when stock is to be given back, false when nothing is held. Throws `ReservationSold`. */
export function mustRelease(orderId: string, state: ReservationState | undefined): boolean {
  if (state === 'sold') throw new ReservationSold(orderId);
  return state === 'reserved';
}

/** True when held stock is to be counted as sold, false when it has been. Throws `ReservationReleased`, also when there was none. */
export function mustSell(orderId: string, state: ReservationState | undefined): boolean {
  if (state === undefined || state === 'released') throw new ReservationReleased(orderId);
  return state === 'reserved';
}
