/**
 * The cart service, as this service needs it: what was bought is not in the cart any more.
 */
import type { Client } from '@hikyaku/service';
import type { CheckoutPorts } from '../application/checkout.ts';
import { clearCart } from '../contracts/calls.ts';
import { refuseForGood } from './refusal.ts';

export function cartPorts(client: Client): Pick<CheckoutPorts, 'clearCart'> {
  return {
    clearCart: ({ orderId, userId, items }, signal) =>
      client.call(clearCart, { params: { userId, orderId }, body: { items: [...items] }, signal }).catch(refuseForGood),
  };
}
