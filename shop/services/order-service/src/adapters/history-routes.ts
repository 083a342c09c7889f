/**
 * What became of an order, over HTTP: `GET /orders/{id}/history`, and the order as it was for `GET /orders/{id}?at=…` or `?version=…`.
 */
import { type Database, type EventStore, type HttpServer, problem, type Static, Type } from '@hikyaku/service';
import { type Moment, type OrderHistory, type PastEvent, until } from '../application/history.ts';
import type { Order } from '../domain/order.ts';
import type { OrderEvent } from '../domain/order-events.ts';
import { isUuid } from './order-projection.ts';

export function orderHistory(database: Database, store: EventStore<Order, OrderEvent>): OrderHistory {
  return {
    of: async (id) => (isUuid(id) ? store.history(database, id) : []),
    after: (events) => store.fold(events)?.state,
  };
}

export const MomentQuery = Type.Object({
  at: Type.Optional(Type.String({ description: 'The order as it was then: RFC 3339, such as 2026-11-21T12:00:00+09:00' })),
  // Not Type.Integer: what comes as text is converted to the type, which makes 1.5 a 1.
  version: Type.Optional(
    Type.Number({ minimum: 1, maximum: 1_000_000, multipleOf: 1, description: 'The order after so many events' }),
  ),
});

const History = Type.Object({
  items: Type.Array(
    Type.Object({
      version: Type.Integer(),
      type: Type.String(),
      time: Type.String(),
      data: Type.Record(Type.String(), Type.Unknown()),
    }),
  ),
});

export function historyRoutes(http: HttpServer, history: OrderHistory): void {
  const schema = { params: Type.Object({ id: Type.String() }), response: { 200: History } };
  http.get('/orders/:id/history', { schema, config: { auth: 'required' } }, async ({ params: { id }, user }) => {
    const events = await ownHistory(history, id, user?.id);
    return {
      items: events.map(({ version, type, time, data }) => ({ version, type, time: time.toISOString(), data: { ...data } })),
    };
  });
}

export const unknownOrder = () => problem(404, { type: 'urn:shop:problem:unknown_order', detail: 'There is no such order.' });

/** Throws a 404 problem also for somebody else's order. */
export async function ownHistory(history: OrderHistory, id: string, userId: string | undefined): Promise<PastEvent[]> {
  const events = await history.of(id);
  if (history.after(events)?.userId !== userId) throw unknownOrder();
  return events;
}

/** Throws a problem: 400 for a moment that is none, 404 for one at which the order was not there or has not arrived yet. */
export function asItWas(history: OrderHistory, events: readonly PastEvent[], query: Static<typeof MomentQuery>): Order {
  const moment = momentOf(query);
  const past = until(events, moment);
  const order = past && history.after(past);
  if (order !== undefined) return order;
  const [first] = events;
  const detail =
    past === undefined
      ? `The order has had ${events.length} versions so far.`
      : `The order did not exist yet: it was placed at ${first?.time.toISOString() ?? 'no time'}.`;
  throw problem(404, { type: 'urn:shop:problem:no_such_version', detail });
}

function momentOf({ at, version }: Static<typeof MomentQuery>): Moment {
  if (at !== undefined && version !== undefined) {
    const detail = 'cannot be given together with the other: ask for a time or for a version';
    throw invalid(['at', 'version'], detail);
  }
  if (version !== undefined) return { version };
  const time = readTime(at ?? '');
  if (time === undefined)
    throw invalid(['at'], 'must be a time as in RFC 3339, such as 2026-11-21T12:00:00Z (a + is written %2B)');
  return { at: time };
}

const invalid = (names: readonly string[], detail: string) =>
  problem(400, {
    detail: `${names.join(' and ')}: ${detail}`,
    errors: names.map((name) => ({ in: 'query', pointer: `#/${name}`, detail })),
  });

/** RFC 3339, section 5.6, without leap seconds. JavaScript alone would take much more for a time. */
function readTime(text: string): Date | undefined {
  const match = /^(\d{4})-(\d\d)-(\d\d)[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/.exec(text);
  if (match === null) return undefined;
  const [, year, month, day] = match;
  // Date takes the 31st of February for one of March.
  const daysInMonth = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  const time = new Date(text.replace(' ', 'T').toUpperCase());
  return Number.isNaN(time.getTime()) || Number(day) > daysInMonth ? undefined : time;
}
