/**
 * The product service, as this service needs it: prices by HTTP, stock for an order by gRPC with the client made from the contract.
 */
import type { Client, GrpcClient } from '@hikyaku/service';
import type { stockContract } from '@shop/contracts/stock';
import type { CheckoutPorts } from '../application/checkout.ts';
import type { PlacingPorts } from '../application/placing.ts';
import { findProducts } from '../contracts/calls.ts';
import { refuseForGood } from './refusal.ts';

type StockClient = GrpcClient<NonNullable<(typeof stockContract)['definition']>>;

export function quoting(client: Client): PlacingPorts['quote'] {
  return async (productIds) => {
    // Ids are joined with commas, so one that contains a comma could be read as two. No product is called that.
    const ids = productIds.filter((id) => !id.includes(',')).join(',');
    const { items } = await client.call(findProducts, { query: { ids } });
    return items.map(({ id, name, priceYen }) => ({ productId: id, name, unitPriceYen: priceYen }));
  };
}

export function stockPorts(stock: StockClient): Pick<CheckoutPorts, 'reserveStock' | 'keepStock' | 'releaseStock'> {
  return {
    reserveStock: async (orderId, items, signal) => {
      await stock.call('Reserve', { orderId, items: [...items] }, { signal }).catch(refuseForGood);
    },

    keepStock: async (orderId, signal) => {
      await stock.call('Commit', { orderId }, { signal }).catch(refuseForGood);
    },

    releaseStock: async (orderId, signal) => {
      await stock.call('Release', { orderId }, { signal });
    },
  };
}
