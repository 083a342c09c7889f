/**
 * The payment provider on the card network's HTTP API. Asks once; how often and how long it may be asked is guarded-provider.ts.
 */
import { type Client, ClientError } from '@hikyaku/service';
import { CardRefused, type PaymentProvider } from '../../application/payment-provider.ts';
import {
  authorizeAtNetwork,
  captureAtNetwork,
  findAtNetwork,
  refundAtNetwork,
  registerCard,
  voidAtNetwork,
} from '../../contracts/calls.ts';

export interface CardNetworkOptions {
  /** One attempt a call: retrying is the guard's. */
  client: Client;
  apiKey: string;
  /** Where the network's page sends the buyer; `{order}` stands for the order's id. */
  returnUrl: string;
}

/** Answers of the network that ask to come again: Request Timeout, Too Early, Too Many Requests. */
const passing: ReadonlySet<number> = new Set([408, 425, 429]);

export function cardNetwork({ client, apiKey: token, returnUrl }: CardNetworkOptions): PaymentProvider {
  const operate =
    (contract: typeof captureAtNetwork | typeof voidAtNetwork | typeof refundAtNetwork) =>
    ({ key }: { key: string }) =>
      client.call(contract, { token, params: { key } });
  return {
    name: 'card-network',

    async register({ digits }) {
      const answer = client.call(registerCard, { token, body: { number: digits } });
      const { card } = await answer.catch((error: unknown) => {
        throw isRefusal(error) && error.status === 400 ? new CardRefused('invalid_card_number') : error;
      });
      return card;
    },

    authorize: ({ key, card, amountYen }) =>
      client.call(authorizeAtNetwork, {
        token,
        params: { key },
        body: { card, amountYen, returnUrl: returnUrl.replace('{order}', key) },
      }),

    capture: operate(captureAtNetwork),
    void: operate(voidAtNetwork),
    refund: operate(refundAtNetwork),

    find: ({ key }) =>
      client.call(findAtNetwork, { token, params: { key } }).catch((error: unknown) => {
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
