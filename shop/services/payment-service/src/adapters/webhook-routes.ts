/**
 * Webhooks of payment providers: public, and believed because they are signed. Answered with 204 once what they say is written down,
 * or is no news; anything else makes the provider send it again.
 */
import { type HttpServer, problem } from '@hikyaku/service';
import type { Payments } from '../application/payments.ts';
import { type ReadWebhook, WebhookRefused } from '../application/webhooks.ts';

export interface WebhookRoutesOptions {
  payments: Payments;
  /** The last part of the path → how its webhooks are read. */
  providers: Readonly<Record<string, ReadWebhook>>;
}

const orderId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export async function webhookRoutes(http: HttpServer, { payments, providers }: WebhookRoutesOptions): Promise<void> {
  await http.register((scope: HttpServer, _options, done) => {
    // A signature is of the bytes as they came.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, parsed) => parsed(null, body));
    for (const [name, read] of Object.entries(providers)) {
      scope.post(`/webhooks/${name}`, async ({ body, headers }, reply) => {
        const news = readOr(read, Buffer.isBuffer(body) ? body : Buffer.alloc(0), headers);
        // Whoever shares the provider's account may name payments as they like.
        await payments.observe(news.filter((one) => orderId.test(one.orderId)));
        return reply.code(204).send();
      });
    }
    done();
  });
}

function readOr(read: ReadWebhook, ...[body, headers]: Parameters<ReadWebhook>): ReturnType<ReadWebhook> {
  try {
    return read(body, headers);
  } catch (error) {
    if (!(error instanceof WebhookRefused)) throw error;
    const status = error.code === 'webhook_signature' ? 401 : 400;
    throw problem(status, { type: `urn:shop:problem:${error.code}`, detail: error.message });
  }
}
