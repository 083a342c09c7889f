/**
 * `GET /orders/{id}/events`: what becomes of an order, told as it happens (server-sent events), to its buyer.
 *
 *     event: order   first the order as it is now, or where a stream is resumed what it was after each event since; then what it is after its
 *                    next event. The id is the event's version
 *     event: saga    how far its checkout has come
 *
 * A stream ends when nothing more will happen; whoever asks again for what comes after is answered 204.
 */
import { type HttpServer, type SagaRunner, type ServerSentEvent, Type } from '@hikyaku/service';
import type { CheckoutInput } from '../application/checkout.ts';
import type { OrderHistory } from '../application/history.ts';
import type { Order } from '../domain/order.ts';
import { ownHistory, unknownOrder } from './history-routes.ts';
import { type Checkout, checkoutOf } from './saga-routes.ts';
import type { WatchedOrders } from './watched-orders.ts';

const LastEventId = Type.String({
  pattern: '^[0-9]{1,9}$',
  description: 'Of the last event that was heard; 0 for all from the first',
});
const schema = {
  params: Type.Object({ id: Type.String() }),
  headers: Type.Object({ 'last-event-id': Type.Optional(LastEventId) }),
  response: {
    200: {
      description:
        'event: order, with the order as GET /orders/{id} gives it, now and after each further event; event: saga, with its checkout as GET /orders/{id}/saga gives it',
      content: { 'text/event-stream': { schema: Type.String() } },
    },
    204: Type.Null({ description: 'Nothing more will happen to the order' }),
  },
};

export interface StreamRouteOptions {
  history: OrderHistory;
  runner: Pick<SagaRunner<CheckoutInput>, 'status'>;
  watched: Pick<WatchedOrders, 'next'>;
}

export function streamRoute(http: HttpServer, { history, runner, watched }: StreamRouteOptions): void {
  http.get('/orders/:id/events', { schema, config: { auth: 'required' } }, async (request, reply) => {
    // As the saga and the database write it.
    const id = request.params.id.toLowerCase();
    const events = await ownHistory(history, id, request.user?.id);
    const heard = Number(request.headers['last-event-id'] ?? events.length - 1);
    const order = history.after(events);
    if (order === undefined) throw unknownOrder();
    if (heard >= events.length && isOver(order, await checkoutOf(runner, id, order))) return reply.code(204).send(null);
    return reply.streamEvents((signal) => happenings(id, heard, signal));
  });

  async function* happenings(id: string, heard: number, signal: AbortSignal): AsyncGenerator<ServerSentEvent> {
    let told = heard;
    let toldSaga = '';
    let mark: string | undefined;
    for (;;) {
      // What is read now is at least what the mark stands for.
      mark = await watched.next(id, mark, signal);
      const events = await history.of(id);
      for (; told < events.length; told++) {
        const then = history.after(events.slice(0, told + 1));
        yield { id: String(told + 1), event: 'order', data: { ...then, userId: undefined } };
      }
      const order = history.after(events);
      if (order === undefined) return;
      const saga = await checkoutOf(runner, id, order);
      if (JSON.stringify(saga) !== toldSaga) yield { event: 'saga', data: saga };
      toldSaga = JSON.stringify(saga);
      if (isOver(order, saga)) return;
    }
  }
}

/** The saga may still have something to do after the order has its status, such as telling others. */
function isOver(order: Order, saga: Checkout): boolean {
  return order.status !== 'pending' && !['pending', 'running', 'compensating'].includes(saga.state);
}
