/**
 * Puts the payment service together. In the order of the folders:
 *
 *   cards and the life of a charge           domain/
 *   tokenising, charging, invoicing          application/
 *   PostgreSQL, card network, HTTP, events   adapters/
 *   the tables                               migrations/
 */
import { createService, Type } from '@hikyaku/service';
import { withTimeout } from './adapters/card-network.ts';
import { paymentMethods } from './adapters/charge-book.ts';
import { followOrders, unitOf } from './adapters/events.ts';
import { internalRoutes } from './adapters/internal-routes.ts';
import { invoiceBook } from './adapters/invoice-book.ts';
import { publicRoutes } from './adapters/public-routes.ts';
import { simulatedCardNetwork } from './adapters/simulated-card-network.ts';
import { createCharging } from './application/charging.ts';
import { createTokenising } from './application/payment-methods.ts';

const config = {
  DATABASE_URL: Type.String({ secret: true }),
  BROKER_URL: Type.String({ secret: true }),
  JWKS_URL: Type.String({ default: 'http://user-service:8080/.well-known/jwks.json' }),
  TOKEN_ISSUER: Type.String({ default: 'http://user-service:8080' }),
  TOKEN_AUDIENCE: Type.String({ default: 'shop' }),
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
  const simulator = simulatedCardNetwork(database);
  const network = withTimeout(simulator, service.config.CARD_NETWORK_TIMEOUT_MS);
  const charging = createCharging({ inTransaction: (work) => database.transaction((tx) => work(unitOf(tx, bus))), network });
  const tokenise = createTokenising({
    methods: paymentMethods(database),
    register: (digits) => simulator.register(digits),
    now: () => new Date(),
  });

  publicRoutes(http, { tokenise, invoices: invoiceBook(database) });
  internalRoutes(http, charging);
  followOrders(bus);
  return service;
}
