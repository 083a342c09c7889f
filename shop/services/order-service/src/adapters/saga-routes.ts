/**
 * The checkout over HTTP: to the buyer how far the own order has come, to operators every checkout and what they may decide about one that is stuck.
 */
import {
  type AttemptStatus,
  type CompensationStatus,
  type HttpServer,
  problem,
  SagaError,
  type SagaErrorCode,
  type SagaRunner,
  sagaStates,
  type Sagas,
  type SagaStatus,
  type SagaSummary,
  type Static,
  type StepStatus,
  Type,
} from '@hikyaku/service';
import { checkoutSteps, type CheckoutInput } from '../application/checkout.ts';
import { unknownOrder } from './history-routes.ts';

const LONGEST_PAGE = 200;
const DEFAULT_PAGE = 50;

const Attempt = Type.Object({
  startedAt: Type.String(),
  endedAt: Type.String(),
  error: Type.Optional(
    Type.Object({
      code: Type.String({ description: 'CLIENT_TIMEOUT, card_declined, …' }),
      message: Type.Optional(Type.String({ description: 'For operators only' })),
    }),
  ),
});
const Times = { startedAt: Type.Optional(Type.String()), completedAt: Type.Optional(Type.String()) };
const History = {
  attempts: Type.Integer({ description: 'So far' }),
  history: Type.Array(Attempt, { description: 'At most the last 50 attempts that are over' }),
};
const Step = Type.Object({
  name: Type.String(),
  state: Type.Enum(['pending', 'running', 'waiting', 'done', 'failed', 'stuck', 'compensating', 'compensated']),
  ...Times,
  ...History,
  compensation: Type.Optional(Type.Object({ state: Type.Enum(['running', 'done', 'stuck']), ...Times, ...History })),
});
const Summary = {
  id: Type.String({ description: 'The order' }),
  name: Type.String(),
  state: Type.Enum(['pending', ...sagaStates]),
  reason: Type.Optional(Type.String({ description: 'Why it was, or is being, taken back' })),
  ...Times,
};
export const SagaBody = Type.Object({ ...Summary, steps: Type.Array(Step) });
export type Checkout = Static<typeof SagaBody>;
const error = Type.Optional(Type.String({ description: 'Why it is stuck' }));
const OperatorSagaBody = Type.Object({ ...Summary, error, steps: Type.Array(Step) });
const SagaPageBody = Type.Object({
  items: Type.Array(Type.Object({ ...Summary, error })),
  next: Type.Optional(Type.String({ description: 'Send it as `after` for the next page; missing on the last one' })),
});

const Params = Type.Object({ id: Type.String() });
const SagaQuery = Type.Object({
  state: Type.Optional(Type.Enum([...sagaStates])),
  limit: Type.Integer({ minimum: 1, maximum: LONGEST_PAGE, default: DEFAULT_PAGE }),
  after: Type.Optional(Type.String({ minLength: 1, maxLength: 300 })),
});
const signedIn = { auth: 'required' as const };
const operator = { auth: 'required' as const, role: 'operator' };

interface OrderOfSaga {
  userId: string;
  status: 'pending' | 'confirmed' | 'cancelled';
  reason?: string | undefined;
}

export interface SagaRoutesOptions {
  orders: { find(orderId: string): Promise<OrderOfSaga | undefined> };
  runner: SagaRunner<CheckoutInput>;
  sagas: Pick<Sagas, 'list'>;
}

export function sagaRoutes(http: HttpServer, { orders, runner, sagas }: SagaRoutesOptions): void {
  const own = { schema: { params: Params, response: { 200: SagaBody } }, config: signedIn };
  http.get('/orders/:id/saga', own, async ({ params: { id }, user }) => {
    const order = await orders.find(id);
    if (order === undefined || order.userId !== user?.id) throw unknownOrder();
    return checkoutOf(runner, id, order);
  });

  const list = { schema: { querystring: SagaQuery, response: { 200: SagaPageBody } }, config: operator };
  http.get('/sagas', list, async ({ query }) => {
    const { items, next } = await sagas.list(query).catch(refuse);
    return { items: items.map((saga) => ({ ...summarise(saga), ...errorOf(saga) })), ...(next === undefined ? {} : { next }) };
  });

  const one = { schema: { params: Params, response: { 200: OperatorSagaBody } }, config: operator };
  http.get('/sagas/:id', one, ({ params: { id } }) => forOperator(runner, id));

  const decision = { schema: { params: Params, response: { 202: OperatorSagaBody } }, config: operator };
  for (const decide of ['retry', 'compensate'] as const) {
    http.post(`/sagas/:id/${decide}`, decision, async ({ params: { id }, user, log }, reply) => {
      await runner[decide](id).catch(refuse);
      log.info({ sagaId: id, decision: decide, operator: user?.id }, 'an operator decided about a stuck saga');
      return reply.code(202).send(await forOperator(runner, id));
    });
  }
}

/** How far the checkout of an order has come, as its buyer may know it. */
export async function checkoutOf(
  runner: Pick<SagaRunner<CheckoutInput>, 'status'>,
  id: string,
  order: Pick<OrderOfSaga, 'status' | 'reason'>,
): Promise<Checkout> {
  const status = await runner.status(id);
  if (status !== undefined) return describe(status, { isForOperator: false });
  return order.status === 'pending' ? notStarted(id) : forgotten(id, order);
}

async function forOperator(runner: SagaRunner<CheckoutInput>, id: string): Promise<Static<typeof OperatorSagaBody>> {
  const status = await runner.status(id);
  if (status === undefined) throw problem(404, { type: 'urn:shop:problem:unknown_saga', detail: 'There is no such saga.' });
  return { ...describe(status, { isForOperator: true }), ...errorOf(status) };
}

const statuses: Readonly<Record<SagaErrorCode, number>> = {
  SAGA_UNKNOWN: 404,
  SAGA_NOT_STUCK: 409,
  SAGA_PAST_PIVOT: 409,
  SAGA_BAD_CURSOR: 400,
};

function refuse(thrown: unknown): never {
  if (!(thrown instanceof SagaError)) throw thrown;
  const { code, message: detail } = thrown;
  const errors = code === 'SAGA_BAD_CURSOR' ? [{ in: 'query', pointer: '#/after', detail }] : undefined;
  throw problem(statuses[code], {
    type: `urn:shop:problem:${code.toLowerCase()}`,
    detail: `${detail.charAt(0).toUpperCase()}${detail.slice(1)}.`,
    ...(errors && { errors }),
    cause: thrown,
  });
}

function notStarted(id: string): Checkout {
  const steps = checkoutSteps.map((name) => ({ name, state: 'pending' as const, attempts: 0, history: [] }));
  return { id, name: 'checkout', state: 'pending', steps };
}

/** It ended so long ago that its steps are not kept any more. */
function forgotten(id: string, { status, reason }: Pick<OrderOfSaga, 'status' | 'reason'>): Checkout {
  const state = status === 'cancelled' ? 'compensated' : 'completed';
  return { id, name: 'checkout', state, ...(reason === undefined ? {} : { reason }), steps: [] };
}

const summarise = (saga: SagaSummary) => ({
  id: saga.id,
  name: saga.name,
  state: saga.state,
  ...(saga.reason === undefined ? {} : { reason: saga.reason }),
  ...timesOf(saga),
});

const errorOf = ({ error: message }: SagaSummary) => (message === undefined ? {} : { error: message });

/** Messages of errors name addresses and causes, which are the operator's business. */
interface Audience {
  isForOperator: boolean;
}

function describe(saga: SagaStatus, audience: Audience): Checkout {
  return { ...summarise(saga), steps: saga.steps.map((step) => describeStep(step, audience)) };
}

function describeStep({ name, state, compensation, ...step }: StepStatus, audience: Audience): Static<typeof Step> {
  return {
    name,
    state,
    ...describeAttempts(step, audience),
    ...(compensation && { compensation: { state: compensation.state, ...describeAttempts(compensation, audience) } }),
  };
}

function describeAttempts(part: Omit<StepStatus, 'name' | 'state'> | CompensationStatus, audience: Audience) {
  return { attempts: part.attempts, ...timesOf(part), history: part.history.map((each) => describeAttempt(each, audience)) };
}

function describeAttempt(
  { startedAt, endedAt, error: failure }: AttemptStatus,
  { isForOperator }: Audience,
): Static<typeof Attempt> {
  return {
    startedAt: startedAt.toISOString(),
    endedAt: endedAt.toISOString(),
    ...(failure && { error: { code: failure.code, ...(isForOperator && { message: failure.message }) } }),
  };
}

function timesOf({ startedAt, completedAt }: { startedAt?: Date; completedAt?: Date }) {
  return {
    ...(startedAt === undefined ? {} : { startedAt: startedAt.toISOString() }),
    ...(completedAt === undefined ? {} : { completedAt: completedAt.toISOString() }),
  };
}
