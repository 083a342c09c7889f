/**
 * The cart that the shop keeps for whoever is signed in, as this page sees it. A change shows at once and is sent after the ones
 * before it; the shop's answer counts. It knows no page and no browser.
 */
import { batch, computed, type ReadonlySignal, signal } from '@preact/signals';
import type { CartApi, PricedCart } from '../api/cart.ts';
import { addToCart, type Cart, priceLines, setQuantity } from './cart.ts';

export interface AccountCart {
  /** With the changes that are still on their way. Empty until it has been loaded. */
  lines: ReadonlySignal<Cart>;
  /** Undefined until it has been loaded. */
  priced: ReadonlySignal<PricedCart | undefined>;
  /** Of the last call; undefined once one succeeds. */
  error: ReadonlySignal<unknown>;
  /** These four reject with an ApiError when the shop did not do it. */
  load: () => Promise<void>;
  add: (productId: string, quantity: number) => Promise<void>;
  change: (productId: string, quantity: number) => Promise<void>;
  merge: (cart: Cart) => Promise<void>;
  /** Whoever was signed in no longer is: answers still under way are for nobody. */
  forget: () => void;
}

type Change = (cart: Cart) => Cart;

export function createAccountCart(calls: CartApi): AccountCart {
  const confirmed = signal<PricedCart | undefined>(undefined);
  const changes = signal<readonly Change[]>([]);
  const error = signal<unknown>(undefined);
  let queue: Promise<unknown> = Promise.resolve();
  let session = {};

  const lines = computed(() => changes.value.reduce((cart, change) => change(cart), linesOf(confirmed.value)));

  /** One call after the other, so that answers never overtake each other. `change` is what the call is to bring about, if that shows already. */
  function inTurn(ask: () => Promise<PricedCart>, change?: Change): Promise<void> {
    const mine = session;
    const settle = (next: { answer?: PricedCart; failure?: unknown }) =>
      batch(() => {
        if (mine !== session) return;
        confirmed.value = next.answer ?? confirmed.value;
        error.value = next.failure;
        changes.value = changes.value.filter((other) => other !== change);
      });
    const turn = queue.then(async () => {
      if (mine !== session) return;
      try {
        settle({ answer: await ask() });
      } catch (failure) {
        settle({ failure });
        if (mine === session) throw failure;
      }
    });
    queue = turn.catch(() => undefined);
    return turn;
  }

  function send(productId: string, change: Change): Promise<void> {
    changes.value = [...changes.value, change];
    return inTurn(async () => {
      const now = confirmed.value ?? (await calls.cart());
      const next = change(linesOf(now));
      const quantity = next.find((line) => line.productId === productId)?.quantity;
      if (quantity !== undefined) return calls.putInCart(productId, quantity);
      await calls.takeFromCart(productId);
      return priceLines(next, now);
    }, change);
  }

  return {
    lines,
    priced: computed(() => confirmed.value && priceLines(lines.value, confirmed.value)),
    error,
    load: () => inTurn(() => calls.cart()),
    add: (productId, quantity) => send(productId, (cart) => addToCart(cart, productId, quantity)),
    change: (productId, quantity) => send(productId, (cart) => setQuantity(cart, productId, quantity)),
    merge: (cart) => inTurn(() => calls.mergeIntoCart(cart)),
    forget() {
      session = {};
      batch(() => {
        confirmed.value = undefined;
        changes.value = [];
        error.value = undefined;
      });
    },
  };
}

function linesOf(cart: PricedCart | undefined): Cart {
  return cart?.items.map(({ productId, quantity }) => ({ productId, quantity })) ?? [];
}
