/**
 * The payment service, as this service needs it: a token for a card, and what becomes of an order's payment.
 */
import { type Client, ClientError, type ContractInput, problem, type ProblemBody } from '@hikyaku/service';
import type { CheckoutPorts } from '../application/checkout.ts';
import type { CardInput } from '../application/placing.ts';
import { addPaymentMethod, authorizePayments, capturePayments, refundPayment, voidPayment } from '../contracts/calls.ts';
import { refuseForGood } from './refusal.ts';
import { timeoutMs, together } from './together.ts';

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

type Authorization = ContractInput<typeof authorizePayments>['body']['payments'][number];
type Capture = ContractInput<typeof capturePayments>['body']['payments'][number];

export function paymentPorts(client: Client): Pick<CheckoutPorts, 'authorize' | 'capture' | 'voidPayment' | 'refund'> {
  const authorized = together(async (payments: readonly Authorization[]) => {
    const answer = await client.call(authorizePayments, { body: { payments: [...payments] }, timeoutMs });
    return answer.payments;
  });
  const captured = together(async (payments: readonly Capture[]) => {
    const answer = await client.call(capturePayments, { body: { payments: [...payments] }, timeoutMs });
    return answer.payments;
  });
  const takeBack =
    (contract: typeof voidPayment | typeof refundPayment): CheckoutPorts['voidPayment'] =>
    ({ orderId, userId }, signal) =>
      client.call(contract, { params: { orderId }, body: { userId }, signal }).catch(refuseForGood);
  return {
    authorize: async (payment) => stateIn(await authorized(payment)),
    capture: async (payment) => void stateIn(await captured(payment)),
    voidPayment: takeBack(voidPayment),
    refund: takeBack(refundPayment),
  };
}

/** Of one order among several. Its problem is read as the answer to a call of its own. */
function stateIn<State>({ state, problem: refusal }: { state?: State; problem?: ProblemBody }): State {
  if (state !== undefined) return state;
  const { status = 502, title = 'no outcome' } = refusal ?? {};
  return refuseForGood(new ClientError('CLIENT_STATUS', title, { service: 'payment-service', status, problem: refusal }));
}
