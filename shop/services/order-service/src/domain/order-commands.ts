/**
 * What may happen to an order: a command and the order as it is become the events that follow, none when it has happened
 * already. Every command may therefore arrive twice.
 */
import type { Order, OrderItem, ShippingAddress } from './order.ts';
import type { OrderEvent } from './order-events.ts';

export type OrderCommand =
  | { type: 'confirm' }
  /** `reason` is a stable code such as `card_declined`. */
  | { type: 'cancel'; reason: string }
  | { type: 'ship'; trackingNumber: string }
  | { type: 'requirePaymentAction'; actionUrl: string };

/** The order has gone another way, or there is none. A saga that gets here has lost its order: somebody has to look. */
export class CannotSettle extends Error {
  readonly code = 'cannot_settle';

  constructor(id: string, wanted: OrderCommand['type'], order: Order | undefined) {
    super(`Cannot ${wanted} order ${id}: it is ${describe(order)}.`);
    this.name = 'CannotSettle';
  }
}

/** How an order begins. */
export function placed(order: {
  userId: string;
  items: OrderItem[];
  totalYen: number;
  shippingAddress?: ShippingAddress;
}): OrderEvent {
  return { type: 'OrderPlaced', data: order };
}

/** Throws `CannotSettle`. */
export function decide(order: Order, command: OrderCommand): OrderEvent[] {
  const refusal = () => new CannotSettle(order.id, command.type, order);
  switch (command.type) {
    case 'confirm':
      if (order.status === 'confirmed') return [];
      if (order.status === 'cancelled') throw refusal();
      return [...clearAction(order), { type: 'OrderConfirmed', data: {} }];

    // Also when it was confirmed: whatever came after can fail. What is on its way to the buyer cannot be taken back.
    case 'cancel':
      if (order.status === 'cancelled') return [];
      if (order.shipment !== undefined) throw refusal();
      return [...clearAction(order), { type: 'OrderCancelled', data: { reason: command.reason } }];

    case 'ship':
      if (order.shipment !== undefined) return [];
      if (order.status !== 'confirmed') throw refusal();
      return [{ type: 'OrderShipped', data: { trackingNumber: command.trackingNumber } }];

    // It comes as a message, which may be late: then there is nothing left for the buyer to do.
    case 'requirePaymentAction':
      if (order.status !== 'pending' || order.payment?.actionUrl === command.actionUrl) return [];
      return [{ type: 'PaymentActionRequired', data: { actionUrl: command.actionUrl } }];
  }
}

/** Once the order is settled, the buyer has nothing more to do about the payment. */
function clearAction({ payment }: Order): OrderEvent[] {
  return payment === undefined ? [] : [{ type: 'PaymentActionCleared', data: {} }];
}

function describe(order: Order | undefined): string {
  if (order === undefined) return 'unknown';
  return order.shipment === undefined ? order.status : 'shipped';
}
