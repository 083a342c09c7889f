/**
 * What checkouts of version 1 ask for: to charge an order at once, and to take the charge back. Both are made of what there is now.
 */
import { type HttpServer, Type } from '@hikyaku/service';
import type { AuthorizationRequest, Payments } from '../application/payments.ts';
import { type Payment, PaymentDeclined } from '../domain/payment.ts';
import { refuse } from './internal-routes.ts';

const OrderParams = Type.Object({ orderId: Type.String({ format: 'uuid' }) });
const ChargeBody = Type.Object({ userId: Type.String(), paymentToken: Type.String(), amountYen: Type.Integer({ minimum: 1 }) });
const RefundBody = Type.Object({ userId: Type.String() });
const ChargeState = Type.Object({ orderId: Type.String(), amountYen: Type.Integer(), state: Type.String() });

export function legacyRoutes(http: HttpServer, payments: Payments): void {
  const charge = { params: OrderParams, body: ChargeBody, response: { 200: ChargeState } };
  http.put('/internal/charges/:orderId', { schema: charge }, ({ params, body }) =>
    chargeAtOnce(payments, { ...params, ...body }).catch(refuse),
  );

  http.put(
    '/internal/refunds/:orderId',
    { schema: { params: OrderParams, body: RefundBody } },
    async ({ params, body }, reply) => {
      await payments.refund({ ...params, ...body }).catch(refuse);
      return reply.code(204).send();
    },
  );
}

/** A checkout of version 1 cannot wait for the buyer's consent. */
async function chargeAtOnce(payments: Payments, request: AuthorizationRequest): Promise<Payment> {
  const { state } = await payments.authorize(request);
  if (state === 'requires_action') throw new PaymentDeclined('authentication_failed');
  return payments.capture(request);
}
