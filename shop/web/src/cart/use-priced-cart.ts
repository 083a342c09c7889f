/** The cart with what the shop says now about everything in it: the account's cart comes so, the browser's is looked up in the catalogue. */
import { useEffect } from 'preact/hooks';
import { api } from '../api/index.ts';
import type { CartItem, PricedCart } from '../api/cart.ts';
import { ApiError } from '../api/problem.ts';
import { isSignedIn } from '../session/session.ts';
import { type Loaded, useLoad } from '../ui/use-load.ts';
import { priceLines } from './cart.ts';
import { accountCart } from './cart-store.ts';
import { guestCart } from './guest-cart.ts';

export type ShownCart = Pick<Loaded<PricedCart>, 'value' | 'error' | 'reload'>;

export function usePricedCart(): ShownCart {
  const signedIn = isSignedIn.value;
  const guest = useGuestCart();
  useEffect(() => {
    // What is known may be old; what is not known is on its way already.
    if (signedIn && accountCart.priced.peek() !== undefined) loadAccountCart();
  }, [signedIn]);
  if (!signedIn) return guest;
  return { value: accountCart.priced.value, error: accountCart.error.value, reload: loadAccountCart };
}

/** The outcome is in the store. */
function loadAccountCart(): void {
  accountCart.load().catch(() => undefined);
}

/** Asks again only when other products come in. */
function useGuestCart(): ShownCart {
  const ids = guestCart.value.map((line) => line.productId);
  const { value, error, reload } = useLoad(ids.toSorted().join(' '), (signal) =>
    Promise.all(ids.map((id) => lookUp(id, signal))),
  );
  return { value: value && priceLines(guestCart.value, { items: value, prices: 'current', totalYen: undefined }), error, reload };
}

async function lookUp(productId: string, signal: AbortSignal): Promise<CartItem> {
  const product = await api.product(productId, signal).catch(undefinedIfUnknown);
  const said = { name: product?.name, unitPriceYen: product?.priceYen, stock: product?.stock };
  return { productId, quantity: 0, available: product !== undefined, ...said };
}

function undefinedIfUnknown(error: unknown): undefined {
  if (!(error instanceof ApiError) || error.status !== 404) throw error;
}
