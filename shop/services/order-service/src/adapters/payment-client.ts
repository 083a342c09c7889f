/**
 * The payment service, as this service needs it: a token for a card, and what becomes of an order's payment.
 */
import { type Client, ClientError, problem } from '@hikyaku/service';
import type { CheckoutPorts } from '../application/checkout.ts';
import type { CardInput } from '../application/placing.ts';
import { addPaymentMethod, authorizePayment, capturePayment, refundPayment, voidPayment } from '../contracts/calls.ts';
import { refuseForGood } from './refusal.ts';

/** Exchanges a card for a token on the user's behalf. A card that cannot be one becomes a problem that points at `/card`. */
export async function tokenise(client: Client, userToken: string, card: CardInput): Promise<string> {
  const answer = client.call(addPaymentMethod, { token: userToken, body: withoutGaps(card) });
  const { token } = await answer.catch((error: unknown) => {
    if (!(error instanceof ClientError) || error.problem === undefined || error.status !== 422) throw error;
    const { type, detail = 'The card cannot be used.' } = error.problem;
    throw problem(422, { type, detail, errors: [{ in: 'body', pointer: '#/card', detail }], cause: error });
  });
  return token;
}

/** JSON knows no undefined. */
function withoutGaps({ number, expMonth, expYear }: CardInput) {
  return { number, ...(expMonth === undefined ? {} : { expMonth }), ...(expYear === undefined ? {} : { expYear }) };
}

export function paymentPorts(client: Client): Pick<CheckoutPorts, 'authorize' | 'capture' | 'voidPayment' | 'refund'> {
  const change =
    (contract: typeof capturePayment | typeof voidPayment | typeof refundPayment): CheckoutPorts['capture'] =>
    ({ orderId, userId }, signal) =>
      client.call(contract, { params: { orderId }, body: { userId }, signal }).catch(refuseForGood);
  return {
    authorize: async ({ orderId, ...body }, signal) => {
      const { state } = await client.call(authorizePayment, { params: { orderId }, body, signal }).catch(refuseForGood);
      return state;
    },
    capture: change(capturePayment),
    voidPayment: change(voidPayment),
    refund: change(refundPayment),
  };
}
