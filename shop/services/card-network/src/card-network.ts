/**
 * Puts the simulated card network together: another company's system, with an API key, books and webhooks of its own. In the order
 * of the folders:
 *
 *   how cards behave, the life of a payment, when webhooks are sent   domain/
 *   delivering webhooks until they are acknowledged                   application/
 *   PostgreSQL, the merchants' API, the buyer's page, webhooks        adapters/
 *   the tables                                                        migrations/
 */
import { type Config, createService, Type } from '@hikyaku/service';
import { consentRoutes } from './adapters/consent-routes.ts';
import { ledger } from './adapters/ledger.ts';
import { paymentRoutes } from './adapters/payment-routes.ts';
import { webhookQueue } from './adapters/webhook-queue.ts';
import { webhookSender } from './adapters/webhook-sender.ts';
import { createDelivering } from './application/delivering.ts';
import { planWebhook, type WebhookWeather } from './domain/webhook-plan.ts';

const share = (description: string) => Type.Number({ default: 0, minimum: 0, maximum: 1, description });
const milliseconds = (value: number) => Type.Integer({ default: value, minimum: 0 });

const config = {
  DATABASE_URL: Type.String({ secret: true }),
  API_KEY: Type.String({ secret: true, minLength: 1, description: 'What merchants send as bearer token' }),
  AUTHENTICATION_URL: Type.String({
    default: '/card-network/3ds',
    description: 'Public address of the page for the buyer’s consent',
  }),
  LATE_ANSWER_MS: milliseconds(3000),
  WEBHOOK_URL: Type.Optional(
    Type.String({ pattern: '^https?://', description: 'The merchant’s endpoint; without it there are no webhooks' }),
  ),
  WEBHOOK_SECRET: Type.String({ secret: true, minLength: 1, description: 'Signs webhooks' }),
  WEBHOOK_SEED: Type.Integer({ default: 1, description: 'The same seed and payments give the same delays and doubles' }),
  WEBHOOK_DELAY_MS: milliseconds(100),
  WEBHOOK_LATE_SHARE: share('Of the webhooks that come WEBHOOK_LATE_MS later, so that others overtake them'),
  WEBHOOK_LATE_MS: milliseconds(2000),
  WEBHOOK_TWICE_SHARE: share('Of the webhooks that come twice'),
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
  const { http, database, log } = service;
  const { API_KEY, AUTHENTICATION_URL, LATE_ANSWER_MS, ...settings } = service.config;
  const delivering = createDelivering({
    queue: webhookQueue(database, AUTHENTICATION_URL),
    send: webhookSender({
      url: settings.WEBHOOK_URL ?? '',
      secret: settings.WEBHOOK_SECRET,
      onFailure: (webhooks, reason) =>
        log.warn({ webhooks: webhooks.map(({ id }) => id), reason }, 'webhooks not acknowledged; they come again'),
    }),
  });
  const books = ledger({
    database,
    plan: (event) => (settings.WEBHOOK_URL === undefined ? [] : planWebhook(weatherOf(settings), event)),
    onWebhook: (delaysMs) => delaysMs.forEach((delayMs) => delivering.expect(delayMs)),
  });
  paymentRoutes(http, { ledger: books, apiKey: API_KEY, authenticationUrl: AUTHENTICATION_URL, lateMs: LATE_ANSWER_MS });
  await consentRoutes(http, {
    ledger: books,
    secret: API_KEY,
    publicPath: new URL(AUTHENTICATION_URL, 'http://localhost').pathname,
  });
  if (settings.WEBHOOK_URL !== undefined)
    service.task({ name: 'webhooks', everyMs: 1000, run: (signal) => delivering.run(signal) });
  return service;
}

type Settings = Pick<
  Config<typeof config>,
  'WEBHOOK_SEED' | 'WEBHOOK_DELAY_MS' | 'WEBHOOK_LATE_SHARE' | 'WEBHOOK_LATE_MS' | 'WEBHOOK_TWICE_SHARE'
>;

function weatherOf(settings: Settings): WebhookWeather {
  return {
    seed: settings.WEBHOOK_SEED,
    delayMs: settings.WEBHOOK_DELAY_MS,
    lateShare: settings.WEBHOOK_LATE_SHARE,
    lateMs: settings.WEBHOOK_LATE_MS,
    twiceShare: settings.WEBHOOK_TWICE_SHARE,
  };
}
