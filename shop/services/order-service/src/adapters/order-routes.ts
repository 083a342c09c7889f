/**
 * Reading orders over HTTP. Everybody sees only their own; to others an order that exists looks like one that does not.
 */
import { type HttpServer, type SagaStatus, Type } from '@hikyaku/service';
import { checkoutSteps } from '../application/checkout.ts';
import type { OrderHistory } from '../application/history.ts';
import type { Order } from '../domain/order.ts';
import { asItWas, MomentQuery, ownHistory, unknownOrder } from './history-routes.ts';
import type { OrderReader } from './order-projection.ts';
import { OrderBody } from './order-schema.ts';

const LIST_LIMIT = 100;

const SagaBody = Type.Object({
  id: Type.String(),
  name: Type.String(),
  state: Type.Enum(['pending', 'running', 'completed', 'compensating', 'compensated', 'stuck']),
  reason: Type.Optional(Type.String()),
  startedAt: Type.Optional(Type.String()),
  completedAt: Type.Optional(Type.String()),
  steps: Type.Array(
    Type.Object({
      name: Type.String(),
      state: Type.Enum(['pending', 'running', 'done', 'failed', 'compensating', 'compensated']),
      attempts: Type.Integer(),
      startedAt: Type.Optional(Type.String()),
      completedAt: Type.Optional(Type.String()),
    }),
  ),
});

const OrderParams = Type.Object({ id: Type.String() });
const signedIn = { auth: 'required' as const };

export interface OrderRoutesOptions {
  orders: OrderReader;
  history: OrderHistory;
  sagaStatus: (orderId: string) => Promise<SagaStatus | undefined>;
}

export function orderRoutes(http: HttpServer, { orders, history, sagaStatus }: OrderRoutesOptions): void {
  const list = { schema: { response: { 200: Type.Object({ items: Type.Array(OrderBody) }) } }, config: signedIn };
  http.get('/orders', list, async ({ user }) => ({ items: await orders.ofUser(user?.id ?? '', LIST_LIMIT) }));

  const one = { schema: { params: OrderParams, querystring: MomentQuery, response: { 200: OrderBody } }, config: signedIn };
  http.get('/orders/:id', one, async ({ params: { id }, query, user }) =>
    query.at === undefined && query.version === undefined
      ? ownOrder(orders, id, user?.id)
      : asItWas(history, await ownHistory(history, id, user?.id), query),
  );

  const saga = { schema: { params: OrderParams, response: { 200: SagaBody } }, config: signedIn };
  http.get('/orders/:id/saga', saga, async ({ params: { id }, user }) => {
    const order = await ownOrder(orders, id, user?.id);
    const status = await sagaStatus(order.id);
    return status === undefined ? notStarted(order.id) : describe(status);
  });
}

async function ownOrder(orders: OrderReader, id: string, userId: string | undefined): Promise<Order> {
  const order = await orders.find(id);
  if (order === undefined || order.userId !== userId) throw unknownOrder();
  return order;
}

function notStarted(id: string) {
  return {
    id,
    name: 'checkout',
    state: 'pending' as const,
    steps: checkoutSteps.map((name) => ({ name, state: 'pending' as const, attempts: 0 })),
  };
}

/** Without the steps' error messages: they name addresses and causes that are the operator's business. */
function describe({ id, name, state, reason, steps, ...times }: SagaStatus) {
  return {
    id,
    name,
    state,
    ...(reason === undefined ? {} : { reason }),
    ...timesOf(times),
    steps: steps.map((step) => ({ name: step.name, state: step.state, attempts: step.attempts, ...timesOf(step) })),
  };
}

function timesOf({ startedAt, completedAt }: { startedAt?: Date; completedAt?: Date }) {
  return {
    ...(startedAt === undefined ? {} : { startedAt: startedAt.toISOString() }),
    ...(completedAt === undefined ? {} : { completedAt: completedAt.toISOString() }),
  };
}
