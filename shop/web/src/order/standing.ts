/** How an order stands, in the one word the page needs: the order's status, and what its checkout adds to it. */
import type { OrderProgress } from './follow.ts';

/** `consent`: the buyer's bank asks. `undoing`: what had been done is being taken back, whatever the status still says. */
export type Standing = 'pending' | 'consent' | 'undoing' | 'confirmed' | 'shipped' | 'cancelled';

/** Whether it is clear what becomes of the order; what follows changes nothing for the buyer. */
export function isDecided(standing: Standing): boolean {
  return standing !== 'pending' && standing !== 'consent';
}

export function standingOf({ order, saga }: OrderProgress): Standing {
  if (order.status === 'cancelled') return 'cancelled';
  if (saga?.state === 'compensating' || saga?.state === 'compensated') return 'undoing';
  if (order.status === 'confirmed') return order.shipment ? 'shipped' : 'confirmed';
  return order.payment ? 'consent' : 'pending';
}
