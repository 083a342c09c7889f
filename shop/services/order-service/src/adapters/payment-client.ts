/**
 * The payment service, as this service needs it: a token for a card, and what becomes of an order's payment.
 */
import { type Client, ClientError, problem, Type } from '@hikyaku/service';
import type { CheckoutPorts } from '../application/checkout.ts';
import type { CardInput } from '../application/placing.ts';
import { refuseForGood } from './refusal.ts';

const PaymentMethod = Type.Object({ token: Type.String() });
const Authorization = Type.Object({ state: Type.Union([Type.Literal('authorized'), Type.Literal('requires_action')]) });

/** Exchanges a card for a token on the user's behalf. A card that cannot be one becomes a problem that points at `/card`. */
export async function tokenise(client: Client, userToken: string, card: CardInput): Promise<string> {
  const answer = client.post('/payment-methods', { token: userToken, body: card, response: PaymentMethod });
  const { token } = await answer.catch((error: unknown) => {
    if (!(error instanceof ClientError) || error.problem === undefined || error.status !== 422) throw error;
    const { type, detail = 'The card cannot be used.' } = error.problem;
    throw problem(422, { type, detail, errors: [{ in: 'body', pointer: '#/card', detail }], cause: error });
  });
  return token;
}

export function paymentPorts(client: Client): Pick<CheckoutPorts, 'authorize' | 'capture' | 'voidPayment' | 'refund'> {
  const change =
    (operation: string): CheckoutPorts['capture'] =>
    ({ orderId, userId }, signal) =>
      client
        .put(`/internal/payments/:orderId/${operation}`, { params: { orderId }, body: { userId }, signal })
        .catch(refuseForGood);
  return {
    authorize: async ({ orderId, ...body }, signal) => {
      const request = { params: { orderId }, body, signal, response: Authorization };
      const { state } = await client.put('/internal/payments/:orderId/authorization', request).catch(refuseForGood);
      return state;
    },
    capture: change('capture'),
    voidPayment: change('void'),
    refund: change('refund'),
  };
}
