/** Reads Stripe's webhooks, checked by Stripe's SDK, and maps those about payments. */
import type { Stripe } from 'stripe';
import type { ProviderPayment } from '../../application/payment-provider.ts';
import { type ReadWebhook, WebhookRefused } from '../../application/webhooks.ts';
import { readIntent } from './intent.ts';

export function stripeWebhooks({ stripe, secret }: { stripe: Stripe; secret: string }): ReadWebhook {
  return (body, headers) => {
    const event = verified(stripe, body, String(headers['stripe-signature'] ?? ''), secret);
    const news = newsOf(event);
    return news?.orderId === undefined ? [] : [{ id: event.id, orderId: news.orderId, payment: news.payment }];
  };
}

function verified(stripe: Stripe, body: Buffer, signature: string, secret: string): Stripe.Event {
  try {
    return stripe.webhooks.constructEvent(body, signature, secret);
  } catch (error) {
    if (error instanceof stripe.errors.StripeSignatureVerificationError)
      throw new WebhookRefused('webhook_signature', 'The signature is missing, too old, or not of this body.');
    throw new WebhookRefused('webhook_body', 'The body is not an event of Stripe.');
  }
}

/** Undefined for what this service does not follow, and for payments that somebody else made with the same account. */
function newsOf(event: Stripe.Event): { orderId: string | undefined; payment: ProviderPayment } | undefined {
  switch (event.type) {
    case 'payment_intent.amount_capturable_updated':
    case 'payment_intent.requires_action':
    case 'payment_intent.payment_failed':
    case 'payment_intent.canceled':
    case 'payment_intent.succeeded':
      return { orderId: event.data.object.metadata.order_id, payment: readIntent(event.data.object) };
    case 'charge.refunded': {
      const { metadata, payment_intent: intent, refunded } = event.data.object;
      // A part that is given back by hand is no end of the payment.
      if (!refunded || intent === null) return undefined;
      return { orderId: metadata.order_id, payment: { id: typeof intent === 'string' ? intent : intent.id, state: 'refunded' } };
    }
    default:
      return undefined;
  }
}
