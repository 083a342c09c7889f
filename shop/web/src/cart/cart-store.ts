/**
 * The one cart of whoever looks at the page: kept by the shop for who is signed in, else by this browser. Signing in brings what
 * the browser kept into the account's cart.
 */
import { computed, effect, untracked } from '@preact/signals';
import { api } from '../api/index.ts';
import { ApiError } from '../api/problem.ts';
import { claims, isSignedIn } from '../session/session.ts';
import { createAccountCart } from './account-cart.ts';
import { addToCart, type Cart, countPieces, setQuantity } from './cart.ts';
import { guestCart, keepGuestCart } from './guest-cart.ts';

export const accountCart = createAccountCart(api);

export const cart = computed(() => (isSignedIn.value ? accountCart.lines.value : guestCart.value));
export const pieces = computed(() => countPieces(cart.value));

const person = computed(() => claims.value?.sub);
effect(() => {
  const isSomebody = person.value !== undefined;
  untracked(() => {
    accountCart.forget();
    // What goes wrong is in accountCart.error; the next page load tries again.
    if (isSomebody) void bringIn(guestCart.value).catch(() => undefined);
  });
});

/** Rejects with an ApiError when the shop did not do it. */
export async function add(productId: string, quantity: number): Promise<void> {
  if (isSignedIn.value) return accountCart.add(productId, quantity);
  keepGuestCart(addToCart(guestCart.value, productId, quantity));
}

/** Zero takes the line out. Rejects with an ApiError when the shop did not do it. */
export async function change(productId: string, quantity: number): Promise<void> {
  if (isSignedIn.value) return accountCart.change(productId, quantity);
  keepGuestCart(setQuantity(guestCart.value, productId, quantity));
}

/** Puts lines into the account's cart that may be there already. Products that are no longer sold stay out. */
export async function putBack(lines: Cart): Promise<void> {
  if (lines.length === 0) return accountCart.load();
  try {
    await accountCart.merge(lines);
  } catch (error) {
    const sold = lines.filter((_line, index) => !isRefused(error, index));
    if (sold.length === lines.length) throw error;
    await putBack(sold);
  }
}

async function bringIn(lines: Cart): Promise<void> {
  await putBack(lines);
  keepGuestCart([]);
}

function isRefused(error: unknown, index: number): boolean {
  const problems = error instanceof ApiError && error.status === 422 ? (error.problem.errors ?? []) : [];
  return problems.some(({ pointer }) => pointer === `#/items/${index}/productId`);
}
