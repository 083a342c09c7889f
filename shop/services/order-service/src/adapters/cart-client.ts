/**
 * The cart service, as this service needs it: what was bought is not in the cart any more.
 */
import type { Client, ContractInput } from '@hikyaku/service';
import type { CheckoutPorts } from '../application/checkout.ts';
import { clearCarts } from '../contracts/calls.ts';
import { together } from './together.ts';

type BoughtOrder = ContractInput<typeof clearCarts>['body']['orders'][number];

export function cartPorts(client: Client): Pick<CheckoutPorts, 'clearCart'> {
  const clear = together(async (orders: readonly BoughtOrder[]) => {
    await client.call(clearCarts, { body: { orders: [...orders] } });
    return orders.map(() => undefined);
  });
  return { clearCart: ({ items, ...order }) => clear({ ...order, items: [...items] }) };
}
