/**
 * Orders in PostgreSQL: the stream, the table to read from and the news for other services change in one transaction. Orders that are read, or change, at
 * the same time do so together: a statement of each kind for all of them.
 */
import {
  type Addition,
  combine,
  type Database,
  type EventBus,
  type EventStore,
  type Projection,
  retryConflicts,
  type Transaction,
} from '@hikyaku/service';
import type { OrderBook, Placing } from '../application/order-book.ts';
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

interface Change {
  id: string;
  decide: (order: Order | undefined) => readonly OrderEvent[];
}

/** What one change came to: it is refused alone, and the others of the same transaction are made. */
type Decided = { events: readonly OrderEvent[] } | { refusal: unknown };

export function orderBook(parts: OrderBookParts): OrderBook {
  const { database, store } = parts;
  const loadTogether = combine(async (ids: readonly string[]) => {
    const loaded = await store.loadEach(database, ids);
    return ids.map((id) => loaded.get(id)?.state);
  });
  // When one has changed meanwhile, all are tried again, each alone.
  const changeTogether = combine((changes: readonly Change[]) => database.transaction((tx) => change(tx, parts, changes)));
  return {
    load: async (id) => (isUuid(id) ? loadTogether(id) : undefined),

    async change(id, decide) {
      // There is no such order, and PostgreSQL would not look for one.
      if (!isUuid(id)) {
        decide(undefined);
        return;
      }
      const decided = await retryConflicts(() => changeTogether({ id, decide }));
      if ('refusal' in decided) throw decided.refusal;
    },
  };
}

/** For `place`, in a transaction that somebody else began. */
export function placingIn(tx: Transaction, parts: OrderBookParts): Placing {
  return {
    add: (id, events) => append(tx, parts, [{ streamId: id, loaded: undefined, events }]),
    toStart: (noted) => noteCheckout(tx, noted),
  };
}

async function change(tx: Transaction, parts: OrderBookParts, changes: readonly Change[]): Promise<Decided[]> {
  const loaded = await parts.store.loadEach(
    tx,
    changes.map(({ id }) => id),
  );
  const decided = changes.map(({ id, decide }): Decided => {
    try {
      return { events: decide(loaded.get(id)?.state) };
    } catch (refusal) {
      return { refusal };
    }
  });
  const additions = changes.flatMap(({ id }, index) => {
    const one = decided[index];
    return one && 'events' in one && one.events.length > 0 ? [{ streamId: id, loaded: loaded.get(id), events: one.events }] : [];
  });
  if (additions.length > 0) await append(tx, parts, additions);
  return decided;
}

async function append(
  tx: Transaction,
  { store, projection, bus }: OrderBookParts,
  additions: readonly Addition<Order, OrderEvent>[],
): Promise<void> {
  const states = await store.appendEach(tx, additions);
  await projection.write(tx, states);
  for (const [index, { events }] of additions.entries()) {
    const after = states[index];
    if (after) await publishNews(tx, bus, after.state, events);
  }
}
