/**
 * What checkouts ask of this service: to hold the amount and to take it, for several orders in one request, each of which is answered for itself; to let it
 * go and to give it back, which is rare. The gateway does not route here.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type HttpServer, problem, problemOf, Type } from '@hikyaku/service';
import { type Payments, ProviderDisagrees, UnknownPaymentMethod } from '../application/payments.ts';
import { type Payment, PaymentConflict, PaymentDeclined } from '../domain/payment.ts';

const OrderId = { orderId: Type.String({ format: 'uuid' }) };
const User = { userId: Type.String() };
const Wish = {
  ...User,
  paymentToken: Type.String(),
  amountYen: Type.Integer({ minimum: 1, maximum: 2_147_483_647 }),
};

const Authorized = {
  state: Type.Union([Type.Literal('authorized'), Type.Literal('requires_action')]),
  actionUrl: Type.Optional(Type.String({ description: 'Where the buyer gives consent' })),
};
const PaymentStateBody = Type.Object({ orderId: Type.String(), amountYen: Type.Integer(), state: Type.String() });

/** What a request for this order alone would be refused with. */
const ProblemOfOrder = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.Optional(Type.String()),
});
const Outcome = Type.Object({
  orderId: Type.String(),
  state: Type.Optional(Authorized.state),
  actionUrl: Authorized.actionUrl,
  problem: Type.Optional(ProblemOfOrder),
});
const CaptureOutcome = Type.Object({
  orderId: Type.String(),
  state: Type.Optional(Type.Literal('captured')),
  problem: Type.Optional(ProblemOfOrder),
});
const listed = { minItems: 1, maxItems: 100 };

export interface InternalRoutesOptions {
  payments: Payments;
  /**
   * How long a request about several orders waits for the provider. An order that it has not answered for by then is told so and asked for again, so that
   * one slow card does not hold up the others.
   */
  patienceMs: number;
}

export function internalRoutes(http: HttpServer, { payments, patienceMs }: InternalRoutesOptions): void {
  const authorizations = {
    body: Type.Object({ payments: Type.Array(Type.Object({ ...OrderId, ...Wish }), listed) }),
    response: {
      200: Type.Object({ payments: Type.Array(Outcome, { description: 'In the order in which they were asked for' }) }),
    },
  };
  http.post('/internal/authorizations', { schema: authorizations }, async ({ body, log }) => ({
    payments: await eachForItself(body.payments, { patienceMs, log }, async (wish) =>
      presentAuthorization(await payments.authorize(wish)),
    ),
  }));

  const captures = {
    body: Type.Object({ payments: Type.Array(Type.Object({ ...OrderId, ...User }), listed) }),
    response: {
      200: Type.Object({ payments: Type.Array(CaptureOutcome, { description: 'In the order in which they were asked for' }) }),
    },
  };
  http.post('/internal/captures', { schema: captures }, async ({ body, log }) => ({
    payments: await eachForItself(body.payments, { patienceMs, log }, async (payment) => {
      await payments.capture(payment);
      return { orderId: payment.orderId, state: 'captured' as const };
    }),
  }));

  const change = { schema: { params: Type.Object(OrderId), body: Type.Object(User), response: { 200: PaymentStateBody } } };
  for (const operation of ['void', 'refund'] as const) {
    http.put(`/internal/payments/:orderId/${operation}`, change, ({ params, body }) =>
      payments[operation]({ ...params, ...body }).catch(refuse),
    );
  }
}

type Log = { warn(fields: object, message: string): void };

/** What is not answered in time goes on all the same: whoever asks again finds what came of it. */
function eachForItself<Asked extends { orderId: string }, Answer>(
  asked: readonly Asked[],
  { patienceMs, log }: { patienceMs: number; log: Log },
  ask: (one: Asked) => Promise<Answer>,
) {
  const tooLate = delay(patienceMs, undefined, { ref: false });
  return Promise.all(
    asked.map(async (one) => {
      try {
        return await Promise.race([ask(one).catch(refuse), tooLate.then(giveUp)]);
      } catch (error) {
        const { status, body } = problemOf(error);
        if (status >= 500) log.warn({ err: error, orderId: one.orderId }, 'a payment has to be asked for again');
        return { orderId: one.orderId, problem: body };
      }
    }),
  );
}

function giveUp(): never {
  throw problem(503, { type: 'urn:shop:problem:no_answer_yet', detail: 'The payment provider has not answered yet.' });
}

/** Captured is authorised too: whoever asks again after that learns that there is nothing left to authorise. */
function presentAuthorization({ orderId, state, actionUrl }: Payment) {
  if (state !== 'requires_action') return { orderId, state: 'authorized' as const };
  return { orderId, state, ...(actionUrl === undefined ? {} : { actionUrl }) };
}

/** The application's refusals as problems; the `type` is what the caller decides by. */
function refuse(error: unknown): never {
  if (error instanceof PaymentDeclined) throw refusal(402, error);
  if (error instanceof PaymentConflict) throw refusal(409, error);
  if (error instanceof UnknownPaymentMethod) throw refusal(422, error);
  if (error instanceof ProviderDisagrees) throw refusal(503, error);
  throw error;
}

function refusal(status: number, error: Error & { code: string }) {
  return problem(status, { type: `urn:shop:problem:${error.code}`, detail: error.message, cause: error });
}
