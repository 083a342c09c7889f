/**
 * What a payment provider tells by itself, as this service reads it. The adapters of the providers know how it is signed and written.
 */
import type { ProviderPayment } from './payment-provider.ts';

/** One piece of news: `id` is the same however often it is delivered. */
export interface ProviderNews {
  id: string;
  orderId: string;
  payment: ProviderPayment;
}

/**
 * Reads the body exactly as it came. What is about something this service does not follow is left out.
 * Throws `WebhookRefused` when it is not signed by the provider, too old, or not what the provider sends.
 */
export type ReadWebhook = (
  body: Buffer,
  headers: Readonly<Record<string, string | string[] | undefined>>,
) => readonly ProviderNews[];

export class WebhookRefused extends Error {
  readonly code: 'webhook_signature' | 'webhook_body';

  constructor(code: WebhookRefused['code'], message: string) {
    super(message);
    this.code = code;
  }
}
