/** Loads Stripe's SDK, which takes time and memory: only where there is a key. */
import type { Stripe } from 'stripe';

export interface StripeAccount {
  apiKey: string;
  timeoutMs: number;
  /** Default: Stripe itself. */
  url?: string;
}

export async function openStripe({ apiKey, timeoutMs, url }: StripeAccount): Promise<Stripe> {
  const { Stripe: Sdk } = await import('stripe');
  const elsewhere = url === undefined ? undefined : new URL(url);
  return new Sdk(apiKey, {
    timeout: timeoutMs,
    // The guard around the provider decides what is tried again.
    maxNetworkRetries: 0,
    telemetry: false,
    ...(elsewhere && {
      host: elsewhere.hostname,
      port: elsewhere.port,
      protocol: elsewhere.protocol === 'http:' ? ('http' as const) : ('https' as const),
    }),
  });
}

/** Keys of the test mode move no money: `sk_test_…`, or `rk_test_…` when restricted. */
export const isTestKey = (apiKey: string): boolean => /^[sr]k_test_/.test(apiKey);
