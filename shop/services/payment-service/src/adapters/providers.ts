/** Chooses the payment provider: Stripe where there is a key, the card network otherwise. */
import type { Client } from '@hikyaku/service';
import type { PaymentProvider } from '../application/payment-provider.ts';
import type { ReadWebhook } from '../application/webhooks.ts';
import { cardNetwork } from './card-network/card-network.ts';
import { networkWebhooks } from './card-network/webhook.ts';
import { isTestKey, openStripe } from './stripe/open-stripe.ts';

export interface ProviderConfig {
  STRIPE_API_KEY?: string | undefined;
  STRIPE_WEBHOOK_SECRET?: string | undefined;
  CARD_NETWORK_API_KEY: string;
  CARD_NETWORK_WEBHOOK_SECRET: string;
  PUBLIC_URL: string;
  timeoutMs: number;
}

export interface ProviderParts {
  provider: PaymentProvider;
  /** Undefined when its webhooks cannot be verified, so none are taken. */
  readWebhook: ReadWebhook | undefined;
}

/** Where the shop shows an order. */
const orderPage = '/orders/{order}';

export async function openProvider(config: ProviderConfig, network: Client): Promise<ProviderParts> {
  if (config.STRIPE_API_KEY !== undefined) return openStripeProvider(config, config.STRIPE_API_KEY);
  const { CARD_NETWORK_API_KEY: apiKey, CARD_NETWORK_WEBHOOK_SECRET: secret } = config;
  return {
    provider: cardNetwork({ client: network, apiKey, returnUrl: orderPage }),
    readWebhook: networkWebhooks({ secret, nowMs: Date.now }),
  };
}

async function openStripeProvider(config: ProviderConfig, apiKey: string): Promise<ProviderParts> {
  const { stripeProvider } = await import('./stripe/stripe.ts');
  const { stripeWebhooks } = await import('./stripe/webhook.ts');
  const stripe = await openStripe({ apiKey, timeoutMs: config.timeoutMs });
  const { STRIPE_WEBHOOK_SECRET: secret } = config;
  return {
    provider: stripeProvider({ stripe, isTestMode: isTestKey(apiKey), returnUrl: `${config.PUBLIC_URL}${orderPage}` }),
    readWebhook: secret === undefined ? undefined : stripeWebhooks({ stripe, secret }),
  };
}
