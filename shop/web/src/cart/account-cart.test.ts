import { describe, expect, it, vi } from 'vitest';
import type { CartApi, PricedCart } from '../api/cart.ts';
import { ApiError } from '../api/problem.ts';
import { createAccountCart } from './account-cart.ts';
import type { Cart } from './cart.ts';

const price = 100;

/** A cart-service in memory. Calls wait for `release` once `hold` was called. */
function shop(lines: Cart = []) {
  let kept = [...lines];
  let gate = Promise.withResolvers<undefined>();
  gate.resolve(undefined);
  const answer = (): PricedCart => ({
    items: kept.map((line) => ({ ...line, available: true, name: { ja: '茶', en: 'Tea' }, unitPriceYen: price, stock: 9 })),
    totalYen: undefined,
    prices: 'current',
  });
  const calls = {
    cart: vi.fn(async () => gate.promise.then(answer)),
    putInCart: vi.fn(async (productId: string, quantity: number) => {
      await gate.promise;
      kept = [...kept.filter((line) => line.productId !== productId), { productId, quantity }];
      return answer();
    }),
    takeFromCart: vi.fn(async (productId: string) => {
      await gate.promise;
      kept = kept.filter((line) => line.productId !== productId);
      return undefined;
    }),
    mergeIntoCart: vi.fn(() => gate.promise.then(answer)),
  } satisfies CartApi;
  return {
    calls,
    hold: () => void (gate = Promise.withResolvers<undefined>()),
    release: () => gate.resolve(undefined),
  };
}

const refusal = new ApiError(503, {});

describe("the account's cart", () => {
  it('shows a change at once and sends it', async () => {
    const { calls, hold, release } = shop([{ productId: 'tea', quantity: 1 }]);
    const cart = createAccountCart(calls);
    await cart.load();
    hold();
    const sent = cart.change('tea', 3);
    expect(cart.priced.value).toMatchObject({ items: [{ quantity: 3, unitPriceYen: price }], totalYen: 3 * price });
    release();
    await sent;
    expect(calls.putInCart).toHaveBeenCalledWith('tea', 3);
    expect(cart.lines.value).toEqual([{ productId: 'tea', quantity: 3 }]);
  });

  it('adds to what the shop has, also before that is known here', async () => {
    const { calls } = shop([{ productId: 'tea', quantity: 2 }]);
    const cart = createAccountCart(calls);
    await cart.add('tea', 3);
    expect(calls.putInCart).toHaveBeenCalledWith('tea', 5);
  });

  it('sends one change after the other', async () => {
    const { calls } = shop();
    const cart = createAccountCart(calls);
    await Promise.all([cart.add('tea', 1), cart.add('tea', 1), cart.add('bowl', 1), cart.change('bowl', 0)]);
    expect(calls.putInCart.mock.calls).toEqual([
      ['tea', 1],
      ['tea', 2],
      ['bowl', 1],
    ]);
    expect(calls.takeFromCart).toHaveBeenCalledWith('bowl');
    expect(cart.lines.value).toEqual([{ productId: 'tea', quantity: 2 }]);
  });

  it('takes a change back that the shop did not make, says so, and goes on', async () => {
    const { calls } = shop([{ productId: 'tea', quantity: 1 }]);
    const cart = createAccountCart(calls);
    await cart.load();
    calls.putInCart.mockRejectedValueOnce(refusal);
    await expect(cart.change('tea', 4)).rejects.toBe(refusal);
    expect(cart.error.value).toBe(refusal);
    expect(cart.lines.value).toEqual([{ productId: 'tea', quantity: 1 }]);
    await cart.change('tea', 2);
    expect(cart.error.value).toBeUndefined();
    expect(cart.lines.value).toEqual([{ productId: 'tea', quantity: 2 }]);
  });

  it('is nobody else’s: answers that come after signing out are dropped', async () => {
    const { calls, hold, release } = shop([{ productId: 'tea', quantity: 1 }]);
    const cart = createAccountCart(calls);
    hold();
    const loading = cart.load();
    const adding = cart.add('tea', 1);
    cart.forget();
    release();
    await Promise.all([loading, adding]);
    expect(cart.priced.value).toBeUndefined();
    expect(cart.lines.value).toEqual([]);
    expect(calls.putInCart).not.toHaveBeenCalled();
  });
});
