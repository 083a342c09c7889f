/**
 * Puts the simulated card network together: another company's system, with an API key, books and webhooks of its own. In the order
 * of the folders:
 *
 *   how cards behave, the life of a payment, when webhooks are sent   domain/
 *   delivering webhooks until they are acknowledged                   application/
 *   PostgreSQL, the merchants' API, the buyer's page, webhooks        adapters/
 *   the tables                                                        migrations/
 */
import { createService, Type } from '@hikyaku/service';
import { ledger } from './adapters/ledger.ts';
import { paymentRoutes } from './adapters/payment-routes.ts';

const milliseconds = (value: number) => Type.Integer({ default: value, minimum: 0 });

const config = {
  DATABASE_URL: Type.String({ secret: true }),
  API_KEY: Type.String({ secret: true, minLength: 1, description: 'What merchants send as bearer token' }),
  AUTHENTICATION_URL: Type.String({
    default: '/card-network/3ds',
    description: 'Public address of the page for the buyer’s consent',
  }),
  LATE_ANSWER_MS: milliseconds(3000),
};

/** Wired, not started. */
export async function createCardNetwork(env: Readonly<Record<string, string | undefined>> = process.env) {
  const service = await createService({
    name: 'card-network',
    version: '0.1.0',
    config,
    migrations: new URL('./migrations/', import.meta.url),
    databaseConnections: 4,
    env,
  });
  const { http, database } = service;
  const { API_KEY, AUTHENTICATION_URL, LATE_ANSWER_MS } = service.config;
  const books = ledger({ database, plan: () => [] });
  paymentRoutes(http, { ledger: books, apiKey: API_KEY, authenticationUrl: AUTHENTICATION_URL, lateMs: LATE_ANSWER_MS });
  return service;
}
