/** Reads the card network's webhooks: first who sent it and when, then what it says. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Static, Type } from '@hikyaku/service';
import { Compile } from 'typebox/compile';
import { type ProviderNews, type ReadWebhook, WebhookRefused } from '../../application/webhooks.ts';
import { NetworkPayment } from '../../contracts/calls.ts';

export interface WebhookReaderOptions {
  secret: string;
  nowMs: () => number;
}

/** A webhook is signed anew on every delivery; what is older has been kept by somebody. */
const toleranceMs = 5 * 60 * 1000;

const Webhook = Type.Object({
  id: Type.String({ minLength: 1 }),
  data: Type.Intersect([NetworkPayment, Type.Object({ key: Type.String() })]),
});
const Webhooks = Compile(Type.Object({ events: Type.Array(Webhook) }));

export function networkWebhooks({ secret, nowMs }: WebhookReaderOptions): ReadWebhook {
  return (body, headers) => {
    verify(body, String(headers['card-network-signature'] ?? ''), secret, nowMs());
    const webhooks = parse(body);
    if (!Webhooks.Check(webhooks))
      throw new WebhookRefused('webhook_body', 'The body is not a list of events of the card network.');
    return webhooks.events.map(newsOf);
  };
}

function newsOf({ id: webhookId, data: { key: orderId, id, state, reason, actionUrl } }: Static<typeof Webhook>): ProviderNews {
  const payment = { id, state, ...(reason === undefined ? {} : { reason }), ...(actionUrl === undefined ? {} : { actionUrl }) };
  return { id: webhookId, orderId, payment };
}

/** The header is `t=<Unix seconds>,v1=<hex>[,v1=<hex>]`: several signatures while a secret is being replaced. */
function verify(body: Buffer, header: string, secret: string, nowMs: number): void {
  const fields = header.split(',').map((field) => field.trim().split('='));
  const seconds = fields.find(([name]) => name === 't')?.[1] ?? '';
  if (!/^\d{1,12}$/.test(seconds)) throw new WebhookRefused('webhook_signature', 'The signature is missing.');
  const expected = createHmac('sha256', secret).update(`${seconds}.`).update(body).digest();
  const signatures = fields.filter(([name]) => name === 'v1').map(([, hex = '']) => Buffer.from(hex, 'hex'));
  if (!signatures.some((given) => given.length === expected.length && timingSafeEqual(given, expected)))
    throw new WebhookRefused('webhook_signature', 'The signature is not of this body.');
  if (Math.abs(nowMs - Number(seconds) * 1000) > toleranceMs)
    throw new WebhookRefused('webhook_signature', 'The signature is too old.');
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}
