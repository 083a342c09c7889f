/**
 * Puts the notification service together. In the order of the folders:
 *
 *   what mails say                                 domain/
 *   writing them, handing them to a mail server    application/
 *   PostgreSQL, users, SMTP, HTTP, events          adapters/
 *   the tables                                     migrations/
 */
import { createService, tokenSettings, type TaskHandle, type Transaction, Type } from '@hikyaku/service';
import { followNews, publishing } from './adapters/events.ts';
import { internalRoutes } from './adapters/internal-routes.ts';
import { mailbox, mailQueue, mailsIn } from './adapters/mail-book.ts';
import { notificationRoutes } from './adapters/notification-routes.ts';
import { askingForUsers, recipientsIn } from './adapters/recipients.ts';
import { isRefusal, smtpMailer } from './adapters/smtp-mailer.ts';
import { deliver } from './application/delivering.ts';
import { type NewsFor, write } from './application/writing.ts';
import { published } from './contracts/events.ts';

const config = {
  DATABASE_URL: Type.String({ secret: true }),
  BROKER_URL: Type.String({ secret: true }),
  USER_SERVICE_URL: Type.String({ default: 'http://user-service:8080' }),
  SMTP_URL: Type.String({
    default: '',
    secret: true,
    description: 'smtp://user:password@host:587; without it mails are only kept',
  }),
  SMTP_TIMEOUT_MS: Type.Integer({ default: 15_000, minimum: 100, description: 'Of handing over one mail' }),
  DELIVERY_INTERVAL_MS: Type.Integer({
    default: 2000,
    minimum: 10,
    description: 'Between two looks for mails that had to wait; a new one is handed over at once',
  }),
  MAIL_FROM: Type.String({ default: '飛脚商店 Hikyaku Store <shop@shop.example>' }),
  ...tokenSettings({ issuer: 'http://user-service:8080', audience: 'shop' }),
};

/** Wired, not started. */
export async function createNotificationService(env: Readonly<Record<string, string | undefined>> = process.env) {
  const service = await createService({
    name: 'notification-service',
    version: '0.1.0',
    config,
    migrations: new URL('./migrations/', import.meta.url),
    env,
  });
  const { http, database, bus, log } = service;
  const {
    USER_SERVICE_URL,
    SMTP_URL,
    SMTP_TIMEOUT_MS: timeoutMs,
    MAIL_FROM: from,
    DELIVERY_INTERVAL_MS: everyMs,
  } = service.config;
  const ask = askingForUsers(service.client('user-service', { baseUrl: USER_SERVICE_URL }));
  const delivery = SMTP_URL === '' ? 'mailbox' : 'smtp';

  let delivering: TaskHandle | undefined;

  async function writeIn(tx: Transaction, all: readonly NewsFor[]): Promise<void> {
    const unit = { ...mailsIn(tx), ...recipientsIn(tx, ask), ...publishing(tx, bus) };
    for (const { userId, news } of await write(unit, all, delivery))
      log.warn({ userId, orderId: news.orderId, kind: news.kind }, 'nobody to write to');
    tx.afterCommit(() => delivering?.wake());
  }

  notificationRoutes(http, mailbox(database));
  internalRoutes(http, mailbox(database));
  bus.publishes(...published);
  followNews(bus, writeIn);
  if (delivery === 'smtp') {
    // Each mail has its own attempts, with long pauses; the guard keeps them off a server that is down.
    const guard = service.guard('smtp', { timeoutMs, attempts: 1, isFailure: (error) => !isRefusal(error) });
    const mailer = await smtpMailer({ url: SMTP_URL, from, timeoutMs, guard });
    const queue = mailQueue(database, bus, 2 * timeoutMs);
    delivering = service.task({ name: 'deliver', everyMs, run: (signal) => deliver(queue, mailer, signal) });
    http.addHook('onClose', () => mailer.close());
  }
  return service;
}
