/**
 * The payment provider on the card network's HTTP API. Asks once; how often and how long it may be asked is guarded-provider.ts.
 */
import { type Client, ClientError, Type } from '@hikyaku/service';
import { CardRefused, type PaymentProvider } from '../../application/payment-provider.ts';

export interface CardNetworkOptions {
  /** One attempt a call: retrying is the guard's. */
  client: Client;
  apiKey: string;
  /** Where the network's page sends the buyer; `{order}` stands for the order's id. */
  returnUrl: string;
}

const Card = Type.Object({ card: Type.String() });

/** Of the network's answers and of its webhooks. */
export const NetworkPayment = Type.Object({
  id: Type.String(),
  state: Type.Union(
    (['requires_action', 'authorized', 'declined', 'captured', 'voided', 'refunded'] as const).map((state) =>
      Type.Literal(state),
    ),
  ),
  reason: Type.Optional(Type.String()),
  actionUrl: Type.Optional(Type.String()),
});

/** Answers of the network that ask to come again: Request Timeout, Too Early, Too Many Requests. */
const passing: ReadonlySet<number> = new Set([408, 425, 429]);

export function cardNetwork({ client, apiKey: token, returnUrl }: CardNetworkOptions): PaymentProvider {
  const operate = (operation: 'capture' | 'void' | 'refund') => {
    const path = `/v1/payments/:key/${operation}`;
    return ({ key }: { key: string }) => client.post(path, { token, params: { key }, response: NetworkPayment });
  };
  return {
    name: 'card-network',

    async register({ digits }) {
      const answer = client.post('/v1/cards', { token, body: { number: digits }, response: Card });
      const { card } = await answer.catch((error: unknown) => {
        throw isRefusal(error) && error.status === 400 ? new CardRefused('invalid_card_number') : error;
      });
      return card;
    },

    authorize: ({ key, card, amountYen }) =>
      client.put('/v1/payments/:key', {
        token,
        params: { key },
        body: { card, amountYen, returnUrl: returnUrl.replace('{order}', key) },
        response: NetworkPayment,
      }),

    capture: operate('capture'),
    void: operate('void'),
    refund: operate('refund'),

    find: ({ key }) =>
      client.get('/v1/payments/:key', { token, params: { key }, response: NetworkPayment }).catch((error: unknown) => {
        if (isRefusal(error) && error.status === 404) return undefined;
        throw error;
      }),

    isUnwell: (error) => !(error instanceof CardRefused) && !isRefusal(error),
  };
}

function isRefusal(error: unknown): error is ClientError {
  const status = error instanceof ClientError && error.code === 'CLIENT_STATUS' ? (error.status ?? 0) : 0;
  return status >= 400 && status < 500 && !passing.has(status);
}
