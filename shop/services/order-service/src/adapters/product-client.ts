/**
 * The product service, as this service needs it: prices by HTTP, stock for an order by gRPC with the client made from the contract.
 */
import { type Client, type GrpcClient, SagaAbort } from '@hikyaku/service';
import type { stockContract } from '@shop/contracts/stock';
import type { CheckoutPorts } from '../application/checkout.ts';
import type { PlacingPorts } from '../application/placing.ts';
import { findProducts } from '../contracts/calls.ts';
import { timeoutMs, together } from './together.ts';
import type { WantedItem } from '../domain/order.ts';

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
  const reserved = together(async (orders: readonly { orderId: string; items: WantedItem[] }[]) => {
    const { outcomes } = await stock.call('ReserveMany', { orders: [...orders] }, { timeoutMs });
    return outcomes;
  });
  const kept = together(async (orders: readonly { orderId: string }[]) => {
    const { outcomes } = await stock.call('CommitMany', { orders: [...orders] }, { timeoutMs });
    return outcomes;
  });
  return {
    reserveStock: async (orderId, items) => {
      const { refusal } = await reserved({ orderId, items: [...items] });
      if (refusal) throw new SagaAbort(refusal.reason);
    },

    keepStock: async (orderId) => {
      const { refusal } = await kept({ orderId });
      if (refusal) throw new SagaAbort(refusal.reason);
    },

    releaseStock: async (orderId, signal) => {
      await stock.call('Release', { orderId }, { signal });
    },
  };
}
