/** The customers of the benchmark, and what they do: each order is one piece of one product, paid with a card that is good. */
import { randomUUID } from 'node:crypto';
import { cards, field, ShopClient } from '../../shop/load/shop-client.ts';
import type { Customer, Note } from '../../shop/load/shop-client.ts';
import { openLoop } from '../open-loop.ts';

export interface Placed {
  id: string;
  /** Milliseconds since 1970: when it was due, which is where waiting counts from. */
  dueAt: number;
}

export interface Load {
  notes: Note[];
  placed: Placed[];
}

export interface PlaceOptions {
  url: string;
  buyers: readonly Customer[];
  productIds: readonly string[];
  perSecond: number;
  seconds: number;
  /** Filled while it goes on. */
  load: Load;
}

/** A few at a time: hashing passwords is slow on purpose. */
export async function signUpBuyers(url: string, wanted: number, onProgress: (count: number) => void): Promise<Customer[]> {
  const shop = new ShopClient({ url, note: () => undefined });
  const buyers: Customer[] = [];
  while (buyers.length < wanted) {
    const next = Array.from({ length: Math.min(4, wanted - buyers.length) }, () => shop.signUp());
    buyers.push(...(await Promise.all(next)));
    onProgress(buyers.length);
  }
  return buyers;
}

/** Places orders at a fixed rate, whatever became of the earlier ones; resolves when all have been answered. */
export async function placeOrders({ url, buyers, productIds, perSecond, seconds, load }: PlaceOptions): Promise<void> {
  const shop = new ShopClient({ url, note: (note) => void load.notes.push(note) });
  let count = 0;
  await openLoop({
    perSecond,
    signal: AbortSignal.timeout(seconds * 1000),
    start: async (dueAt) => {
      const buyer = buyers[count % buyers.length];
      // Neighbours in time want different products, as in a shop with more than one.
      const productId = productIds[count % productIds.length];
      count += 1;
      const order = await shop.ask({
        method: 'POST',
        path: '/orders',
        step: 'POST /api/orders',
        body: { items: [{ productId, quantity: 1 }], card: cards.succeeds },
        headers: { authorization: `Bearer ${buyer?.token ?? ''}`, 'idempotency-key': randomUUID() },
        dueAt,
      });
      const id = field(order, 'id');
      if (typeof id === 'string') load.placed.push({ id, dueAt: performance.timeOrigin + dueAt });
    },
  });
}
