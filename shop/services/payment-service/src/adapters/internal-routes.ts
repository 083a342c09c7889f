/**
 * What the checkout asks of this service: to hold the amount, to take it, to let it go, to give it back. The gateway does not route here.
 */
import { type HttpServer, problem, Type } from '@hikyaku/service';
import { type Payments, ProviderDisagrees, UnknownPaymentMethod } from '../application/payments.ts';
import { type Payment, PaymentConflict, PaymentDeclined } from '../domain/payment.ts';

const OrderParams = Type.Object({ orderId: Type.String({ format: 'uuid' }) });
const AuthorizationBody = Type.Object({
  userId: Type.String(),
  paymentToken: Type.String(),
  amountYen: Type.Integer({ minimum: 1, maximum: 2_147_483_647 }),
});
const PaymentRequestBody = Type.Object({ userId: Type.String() });

const AuthorizationState = Type.Object({
  orderId: Type.String(),
  state: Type.Union([Type.Literal('authorized'), Type.Literal('requires_action')]),
  actionUrl: Type.Optional(Type.String({ description: 'Where the buyer gives consent' })),
});
const PaymentStateBody = Type.Object({ orderId: Type.String(), amountYen: Type.Integer(), state: Type.String() });

export function internalRoutes(http: HttpServer, payments: Payments): void {
  const authorization = { params: OrderParams, body: AuthorizationBody, response: { 200: AuthorizationState } };
  http.put('/internal/payments/:orderId/authorization', { schema: authorization }, async ({ params, body }) =>
    presentAuthorization(await payments.authorize({ ...params, ...body }).catch(refuse)),
  );

  const change = { schema: { params: OrderParams, body: PaymentRequestBody, response: { 200: PaymentStateBody } } };
  for (const operation of ['capture', 'void', 'refund'] as const) {
    http.put(`/internal/payments/:orderId/${operation}`, change, ({ params, body }) =>
      payments[operation]({ ...params, ...body }).catch(refuse),
    );
  }
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
