/**
 * The product service, as this service needs it: prices by HTTP, stock for an order by gRPC with the client made from the contract.
 */
import { type Client, combine, type GrpcClient, SagaAbort } from '@hikyaku/service';
import type { stockContract } from '@shop/contracts/stock';
import type { CheckoutPorts } from '../application/checkout.ts';
import type { PlacingPorts } from '../application/placing.ts';
import { findProducts } from '../contracts/calls.ts';
import { timeoutMs, together } from './together.ts';
import type { WantedItem } from '../domain/order.ts';

/** Orders whose products are asked for in one request: their ids must fit into its path. */
const PRICED_AT_ONCE = 10;

type StockClient = GrpcClient<NonNullable<(typeof stockContract)['definition']>>;

export function quoting(client: Client): PlacingPorts['quote'] {
  // A buyer waits for the answer, so nobody waits for company: orders that come while the prices of others are on their way ask together.
  return combine(
    async (orders: readonly (readonly string[])[]) => {
      // Ids are joined with commas, so one that contains a comma could be read as two. No product is called that.
      const ids = [...new Set(orders.flat())].filter((id) => !id.includes(','));
      const { items } = await client.call(findProducts, { query: { ids: ids.join(',') } });
      const quotes = items.map(({ id, name, priceYen }) => ({ productId: id, name, unitPriceYen: priceYen }));
      return orders.map((productIds) => quotes.filter(({ productId }) => productIds.includes(productId)));
    },
    { mostAtOnce: PRICED_AT_ONCE },
  );
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
