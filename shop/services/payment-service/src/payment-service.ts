/**
 * Puts the payment service together. In the order of the folders:
 *
 *   cards and the life of a payment                    domain/
 *   tokenising, paying, invoicing                      application/
 *   PostgreSQL, payment providers, HTTP, events        adapters/
 *   the tables                                         migrations/
 */
import { createService, tokenSettings, Type } from '@hikyaku/service';
import { followOrders, unitOf } from './adapters/events.ts';
import { guarded } from './adapters/guarded-provider.ts';
import { internalRoutes } from './adapters/internal-routes.ts';
import { invoiceBook } from './adapters/invoice-book.ts';
import { forgetWebhooks, paymentBook, paymentMethods } from './adapters/payment-book.ts';
import { openProvider } from './adapters/providers.ts';
import { publicRoutes } from './adapters/public-routes.ts';
import { webhookRoutes } from './adapters/webhook-routes.ts';
import { createTokenising } from './application/payment-methods.ts';
import { createPayments } from './application/payments.ts';
import { published } from './contracts/events.ts';

const config = {
  DATABASE_URL: Type.String({ secret: true }),
  BROKER_URL: Type.String({ secret: true }),
  ...tokenSettings({ issuer: 'http://user-service:8080', audience: 'shop' }),
  CARD_NETWORK_URL: Type.String({ default: 'http://card-network:8080' }),
  CARD_NETWORK_API_KEY: Type.String({ secret: true }),
  CARD_NETWORK_WEBHOOK_SECRET: Type.String({ secret: true, minLength: 1 }),
  CARD_NETWORK_TIMEOUT_MS: Type.Integer({ default: 1000, minimum: 1 }),
  STRIPE_API_KEY: Type.Optional(
    Type.String({ secret: true, description: 'Payments go through Stripe instead of the card network' }),
  ),
  STRIPE_WEBHOOK_SECRET: Type.Optional(Type.String({ secret: true, description: 'Of the endpoint /api/webhooks/stripe' })),
  STRIPE_TIMEOUT_MS: Type.Integer({ default: 10_000, minimum: 1 }),
  PUBLIC_URL: Type.String({
    default: 'http://localhost:8080',
    pattern: '^https?://.*[^/]$',
    description: 'The shop as its customers see it',
  }),
};

/** Wired, not started. */
export async function createPaymentService(env: Readonly<Record<string, string | undefined>> = process.env) {
  const service = await createService({
    name: 'payment-service',
    version: '0.1.0',
    config,
    migrations: new URL('./migrations/', import.meta.url),
    env,
  });
  const { http, database, bus } = service;
  const { CARD_NETWORK_URL, CARD_NETWORK_TIMEOUT_MS, STRIPE_API_KEY, STRIPE_TIMEOUT_MS } = service.config;
  const timeoutMs = STRIPE_API_KEY === undefined ? CARD_NETWORK_TIMEOUT_MS : STRIPE_TIMEOUT_MS;
  const network = service.client('card-network', { baseUrl: CARD_NETWORK_URL, attempts: 1, timeoutMs });
  const { provider: bare, readWebhook } = await openProvider({ ...service.config, timeoutMs }, network);
  const provider = guarded({ provider: bare, timeoutMs, guard: (name, options) => service.guard(name, options) });
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
  internalRoutes(http, { payments, patienceMs: timeoutMs / 2 });
  await webhookRoutes(http, {
    payments,
    providers: readWebhook === undefined ? {} : { [provider.name]: readWebhook },
  });
  service.task({ name: 'forget-webhooks', everyMs: 60 * 60 * 1000, run: () => forgetWebhooks(database) });
  bus.publishes(...published);
  followOrders(bus);
  return service;
}
