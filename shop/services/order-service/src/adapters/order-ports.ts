/**
 * What the checkout does to its own order. An order that has gone another way is a "no": asking again would not change it, and a compensation that
 * is told so waits for an operator.
 */
import { SagaAbort } from '@hikyaku/service';
import type { CheckoutPorts } from '../application/checkout.ts';
import type { Carrier, OrderBook } from '../application/order-book.ts';
import { cancel, confirm } from '../application/settling.ts';
import { ship } from '../application/shipping.ts';
import { CannotSettle } from '../domain/order-commands.ts';

export function orderPorts(orders: OrderBook, carrier: Carrier): Pick<CheckoutPorts, 'confirm' | 'cancel' | 'ship'> {
  return {
    confirm: (orderId) => confirm(orders, orderId).catch(refuse),
    cancel: (orderId, reason) => cancel(orders, orderId, reason).catch(refuse),
    ship: (orderId) => ship(orders, carrier, orderId).catch(refuse),
  };
}

function refuse(error: unknown): never {
  if (error instanceof CannotSettle) throw new SagaAbort(error.code, { cause: error });
  throw error;
}
