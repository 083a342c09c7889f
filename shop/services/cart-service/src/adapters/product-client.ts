/**
 * The product service, as this service needs it: what the catalogue says of some products now.
 */
import { type Client, ClientError } from '@hikyaku/service';
import type { LookUp } from '../application/carts.ts';
import { findProducts } from '../contracts/calls.ts';

/** `onMissing` hears why there is no answer: the cart is shown without prices then, and somebody should know. */
export function lookingUp(client: Client, onMissing: (error: ClientError) => void): LookUp {
  return async (productIds) => {
    const answer = client.call(findProducts, { query: { ids: productIds.join(',') } });
    try {
      const { items } = await answer;
      return items.map(({ id, name, priceYen, stock }) => ({ productId: id, name, unitPriceYen: priceYen, stock }));
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      onMissing(error);
      return undefined;
    }
  };
}
