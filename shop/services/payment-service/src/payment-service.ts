/**
 * Puts the payment service together. In the order of the folders:
 *
 *   cards and the life of a payment                    domain/
 *   tokenising, paying, invoicing                      application/
 *   PostgreSQL, payment providers, HTTP, events        adapters/
 *   the tables                                         migrations/
 */
import { createService, Type } from '@hikyaku/service';
import { cardNetwork } from './adapters/card-network/card-network.ts';
import { networkWebhooks } from './adapters/card-network/webhook.ts';
import { followOrders, unitOf } from './adapters/events.ts';
import { guarded } from './adapters/guarded-provider.ts';
import { internalRoutes } from './adapters/internal-routes.ts';
import { invoiceBook } from './adapters/invoice-book.ts';
import { legacyRoutes } from './adapters/legacy-routes.ts';
import { forgetWebhooks, paymentBook, paymentMethods } from './adapters/payment-book.ts';
import { publicRoutes } from './adapters/public-routes.ts';
import { webhookRoutes } from './adapters/webhook-routes.ts';
import { createTokenising } from './application/payment-methods.ts';
import { createPayments } from './application/payments.ts';
import { published } from './contracts/events.ts';

const config = {
  DATABASE_URL: Type.String({ secret: true }),
  BROKER_URL: Type.String({ secret: true }),
  JWKS_URL: Type.String({ default: 'http://user-service:8080/.well-known/jwks.json' }),
  TOKEN_ISSUER: Type.String({ default: 'http://user-service:8080' }),
  TOKEN_AUDIENCE: Type.String({ default: 'shop' }),
  CARD_NETWORK_URL: Type.String({ default: 'http://card-network:8080' }),
  CARD_NETWORK_API_KEY: Type.String({ secret: true }),
  CARD_NETWORK_WEBHOOK_SECRET: Type.String({ secret: true, minLength: 1 }),
  RETURN_URL: Type.String({
    default: '/orders/{order}',
    description: 'Where the buyer goes after the bank’s page; {order} is the order’s id',
  }),
  CARD_NETWORK_TIMEOUT_MS: Type.Integer({ default: 1000, minimum: 1 }),
};

/** Wired, not started. */
export async function createPaymentService(env: Readonly<Record<string, string | undefined>> = process.env) {
  const service = await createService({
    name: 'payment-service',
    version: '0.1.0',
    config,
    migrations: new URL('./migrations/', import.meta.url),
    auth: ({ JWKS_URL, TOKEN_ISSUER, TOKEN_AUDIENCE }) => ({ jwksUrl: JWKS_URL, issuer: TOKEN_ISSUER, audience: TOKEN_AUDIENCE }),
    env,
  });
  const { http, database, bus } = service;
  const { CARD_NETWORK_URL, CARD_NETWORK_API_KEY, CARD_NETWORK_WEBHOOK_SECRET, CARD_NETWORK_TIMEOUT_MS, RETURN_URL } =
    service.config;
  const provider = guarded({
    provider: cardNetwork({
      client: service.client('card-network', { baseUrl: CARD_NETWORK_URL, attempts: 1, timeoutMs: CARD_NETWORK_TIMEOUT_MS }),
      apiKey: CARD_NETWORK_API_KEY,
      returnUrl: RETURN_URL,
    }),
    timeoutMs: CARD_NETWORK_TIMEOUT_MS,
    guard: (name, options) => service.guard(name, options),
  });
  const payments = createPayments({
    book: paymentBook(database),
    inTransaction: (work) => database.transaction((tx) => work(unitOf(tx, bus))),
    provider,
  });
  const tokenise = createTokenising({
    methods: paymentMethods(database),
    register: (card) => provider.register(card),
    now: () => new Date(),
  });

  publicRoutes(http, { tokenise, invoices: invoiceBook(database) });
  internalRoutes(http, payments);
  legacyRoutes(http, payments);
  await webhookRoutes(http, {
    payments,
    providers: { 'card-network': networkWebhooks({ secret: CARD_NETWORK_WEBHOOK_SECRET, nowMs: Date.now }) },
  });
  service.task({ name: 'forget-webhooks', everyMs: 60 * 60 * 1000, run: () => forgetWebhooks(database) });
  bus.publishes(...published);
  followOrders(bus);
  return service;
}
