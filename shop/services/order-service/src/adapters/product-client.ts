/**
 * The product service, as this service needs it: prices, and stock for an order.
 */
import { type Client, Type } from '@hikyaku/service';
import type { CheckoutPorts } from '../application/checkout.ts';
import type { PlacingPorts } from '../application/placing.ts';
import { refuseForGood } from './refusal.ts';

const Quotes = Type.Object({
  items: Type.Array(
    Type.Object({ id: Type.String(), name: Type.Object({ ja: Type.String(), en: Type.String() }), priceYen: Type.Integer() }),
  ),
});

export function quoting(client: Client): PlacingPorts['quote'] {
  return async (productIds) => {
    // Ids are joined with commas, so one that contains a comma could be read as two. No product is called that.
    const ids = productIds.filter((id) => !id.includes(',')).join(',');
    const { items } = await client.get('/internal/products', { query: { ids }, response: Quotes });
    return items.map(({ id, name, priceYen }) => ({ productId: id, name, unitPriceYen: priceYen }));
  };
}

export function stockPorts(client: Client): Pick<CheckoutPorts, 'reserveStock' | 'releaseStock'> {
  const path = '/internal/reservations/:orderId';
  return {
    reserveStock: (orderId, items, signal) =>
      client.put(path, { params: { orderId }, body: { items }, signal }).catch(refuseForGood),

    releaseStock: (orderId, signal) => client.delete(path, { params: { orderId }, signal }),
  };
}
