/**
 * What other services ask of this one: to charge an order, to take the charge back. The gateway does not route here.
 */
import { type HttpServer, problem, Type } from '@hikyaku/service';
import { type Charging, NetworkTimeout, UnknownPaymentMethod } from '../application/charging.ts';
import { CardDeclined, ChargeCancelled } from '../domain/charge.ts';

const OrderParams = Type.Object({ orderId: Type.String({ format: 'uuid' }) });
const ChargeBody = Type.Object({ userId: Type.String(), paymentToken: Type.String(), amountYen: Type.Integer({ minimum: 1 }) });
const RefundBody = Type.Object({ userId: Type.String() });
const ChargeState = Type.Object({ orderId: Type.String(), amountYen: Type.Integer(), state: Type.String() });

export function internalRoutes(http: HttpServer, charging: Charging): void {
  const charge = { params: OrderParams, body: ChargeBody, response: { 200: ChargeState } };
  http.put('/internal/charges/:orderId', { schema: charge }, (request) =>
    charging.charge({ orderId: request.params.orderId, ...request.body }).catch(refuse),
  );

  http.put('/internal/refunds/:orderId', { schema: { params: OrderParams, body: RefundBody } }, async (request, reply) => {
    await charging.refund({ orderId: request.params.orderId, ...request.body }).catch(refuse);
    return reply.code(204).send();
  });
}

/** The application's refusals as problems; the `type` is what the caller decides by. */
function refuse(error: unknown): never {
  if (error instanceof CardDeclined) throw refusal(402, error);
  if (error instanceof ChargeCancelled) throw refusal(409, error);
  if (error instanceof UnknownPaymentMethod) throw refusal(422, error);
  if (error instanceof NetworkTimeout) throw refusal(504, error);
  throw error;
}

function refusal(status: number, { code, message }: Error & { code: string }) {
  return problem(status, { type: `urn:shop:problem:${code}`, detail: message });
}
