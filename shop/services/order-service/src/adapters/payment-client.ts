/**
 * The payment service, as this service needs it: a token for a card, a charge, a refund.
 */
import { type Client, ClientError, problem, Type } from '@hikyaku/service';
import type { CheckoutPorts } from '../application/checkout.ts';
import type { CardInput } from '../application/placing.ts';
import { refuseForGood } from './refusal.ts';

const PaymentMethod = Type.Object({ token: Type.String() });

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

export function paymentPorts(client: Client): Pick<CheckoutPorts, 'charge' | 'refund'> {
  return {
    charge: ({ orderId, ...body }, signal) =>
      client.put('/internal/charges/:orderId', { params: { orderId }, body, signal }).catch(refuseForGood),

    refund: ({ orderId, userId }, signal) =>
      client.put('/internal/refunds/:orderId', { params: { orderId }, body: { userId }, signal }),
  };
}
