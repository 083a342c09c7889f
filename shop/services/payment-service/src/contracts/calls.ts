/** What this service asks of others over HTTP, and what it reads of their answers. */
import { defineCall, Type } from '@hikyaku/service';

/** Of the card network's answers, and of its webhooks. */
export const NetworkPayment = Type.Object({
  id: Type.String(),
  state: Type.Enum(['requires_action', 'authorized', 'declined', 'captured', 'voided', 'refunded']),
  reason: Type.Optional(Type.String()),
  actionUrl: Type.Optional(Type.String()),
});

export const registerCard = defineCall({
  provider: 'card-network',
  method: 'POST',
  path: '/v1/cards',
  body: Type.Object({ number: Type.String({ pattern: '^[0-9]{12,19}$' }) }),
  response: Type.Object({ card: Type.String() }),
});

/** The key is the order's id: asking again is the same payment. */
export const authorizeAtNetwork = defineCall({
  provider: 'card-network',
  method: 'PUT',
  path: '/v1/payments/:key',
  body: Type.Object({
    card: Type.String(),
    amountYen: Type.Integer({ minimum: 1, maximum: 2_147_483_647 }),
    returnUrl: Type.String({ pattern: '^/orders/[^/]{1,200}$' }),
  }),
  response: NetworkPayment,
});

export const findAtNetwork = defineCall({
  provider: 'card-network',
  method: 'GET',
  path: '/v1/payments/:key',
  response: NetworkPayment,
});

const change = <const Path extends string>(path: Path) =>
  defineCall({ provider: 'card-network', method: 'POST', path, response: NetworkPayment });

export const captureAtNetwork = change('/v1/payments/:key/capture');
export const voidAtNetwork = change('/v1/payments/:key/void');
export const refundAtNetwork = change('/v1/payments/:key/refund');
