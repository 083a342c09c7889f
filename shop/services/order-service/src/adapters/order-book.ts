/**
 * Orders in PostgreSQL: the stream, the table to read from and the news for other services change in one transaction.
 */
import {
  combine,
  type Database,
  type EventBus,
  type EventStore,
  type Projection,
  retryConflicts,
  type Transaction,
} from '@hikyaku/service';
import type { OrderBook, OrderVersion, Placing } from '../application/order-book.ts';
import type { Order } from '../domain/order.ts';
import type { OrderEvent } from '../domain/order-events.ts';
import { publishNews } from './events.ts';
import { isUuid } from './order-projection.ts';
import { noteCheckout } from './unstarted-orders.ts';

export interface OrderBookParts {
  database: Database;
  store: EventStore<Order, OrderEvent>;
  projection: Pick<Projection<Order>, 'write'>;
  bus: EventBus;
}

export function orderBook(parts: OrderBookParts): OrderBook {
  const { database, store } = parts;
  // Orders that change at the same time change in one transaction; one that has changed meanwhile makes it fail, and each is tried alone.
  const appendTogether = combine((additions: readonly Addition[]) =>
    database.transaction(async (tx) => {
      for (const addition of additions) await append(tx, parts, addition);
      return additions.map(() => undefined);
    }),
  );
  const book: OrderBook = {
    load: async (id) => (isUuid(id) ? store.load(database, id) : undefined),

    append: (id, loaded, events) => appendTogether({ id, loaded, events }),

    async change(id, decide, loaded) {
      let first = loaded;
      await retryConflicts(async () => {
        const current = first ?? (await book.load(id));
        first = undefined;
        const events = decide(current?.state);
        if (events.length > 0) await book.append(id, current, events);
      });
    },
  };
  return book;
}

/** For `place`, in a transaction that somebody else began. */
export function placingIn(tx: Transaction, parts: OrderBookParts): Placing {
  return {
    orders: { append: (id, loaded, events) => append(tx, parts, { id, loaded, events }) },
    toStart: (noted) => noteCheckout(tx, noted),
  };
}

interface Addition {
  id: string;
  loaded: OrderVersion | undefined;
  events: readonly OrderEvent[];
}

async function append(
  tx: Transaction,
  { store, projection, bus }: OrderBookParts,
  { id, loaded, events }: Addition,
): Promise<void> {
  const after = await store.append(tx, id, loaded, events);
  await projection.write(tx, [after]);
  await publishNews(tx, bus, after.state, events);
}
