/**
 * Puts the user service together. In the order of the folders:
 *
 *   what an account is                       domain/
 *   opening one, signing in                  application/
 *   PostgreSQL, hashes, tokens, HTTP         adapters/
 *   the tables                               migrations/
 */
import { createService, tokenSettings, Type } from '@hikyaku/service';
import { accountBook, knownUsers } from './adapters/account-book.ts';
import { accountRoutes } from './adapters/account-routes.ts';
import { addressesOf, withAddresses } from './adapters/address-book.ts';
import { addressRoutes } from './adapters/address-routes.ts';
import { unitOf } from './adapters/events.ts';
import { ordersClient } from './adapters/orders-client.ts';
import { hashPassword, isPassword, nobodysHash } from './adapters/passwords.ts';
import { profileRoutes, sessionRoutes } from './adapters/profile-routes.ts';
import { forgetEndedSessions, openSessions, sessionBook } from './adapters/session-book.ts';
import { createTokens } from './adapters/tokens.ts';
import { userRoutes } from './adapters/user-routes.ts';
import { createAccounts } from './application/accounts.ts';
import { createAddresses } from './application/addresses.ts';
import { createSessions } from './application/sessions.ts';
import { published } from './contracts/events.ts';

const config = {
  DATABASE_URL: Type.String({ secret: true }),
  BROKER_URL: Type.String({ secret: true }),
  ORDER_SERVICE_URL: Type.String({ default: 'http://order-service:8080' }),
  ...tokenSettings({ issuer: 'http://user-service:8080', audience: 'shop' }),
  TOKEN_LIFETIME_SECONDS: Type.Integer({ default: 3600, minimum: 60 }),
  SESSION_LIFETIME_DAYS: Type.Integer({ default: 30, minimum: 1, description: 'From the last use of a session on' }),
  REFRESH_GRACE_SECONDS: Type.Integer({
    default: 30,
    minimum: 0,
    maximum: 300,
    description: 'How long a refresh token whose answer was lost may be sent again; later it ends the session',
  }),
  OPERATOR_EMAIL: Type.String({ default: 'operator@shop.example' }),
  OPERATOR_PASSWORD: Type.Optional(
    Type.String({
      secret: true,
      minLength: 12,
      description: 'Of the operator account, which is made at the start; without it there is none',
    }),
  ),
};

const DAY_MS = 24 * 60 * 60 * 1000;

/** Wired, not started. */
export async function createUserService(env: Readonly<Record<string, string | undefined>> = process.env) {
  const service = await createService({
    name: 'user-service',
    version: '0.1.0',
    config,
    migrations: new URL('./migrations/', import.meta.url),
    env,
  });
  const { http, database, bus } = service;
  bus.publishes(...published);
  const {
    TOKEN_ISSUER: issuer,
    TOKEN_AUDIENCE: audience,
    TOKEN_LIFETIME_SECONDS: lifetimeSeconds,
    SESSION_LIFETIME_DAYS,
    REFRESH_GRACE_SECONDS,
    ORDER_SERVICE_URL,
    OPERATOR_EMAIL,
    OPERATOR_PASSWORD,
  } = service.config;
  const accounts = createAccounts({
    book: accountBook(database),
    passwords: { hash: hashPassword, matches: isPassword, nobodysHash },
    inTransaction: (work) => database.transaction((tx) => work(unitOf(tx, bus))),
  });
  const sessions = createSessions({
    inTransaction: (work) => database.transaction((tx) => work(sessionBook(tx))),
    listOpen: (userId) => openSessions(database, userId),
    lifetimeMs: SESSION_LIFETIME_DAYS * DAY_MS,
    graceMs: REFRESH_GRACE_SECONDS * 1000,
  });
  const tokens = createTokens({ database, issuer, audience, lifetimeSeconds });

  if (OPERATOR_PASSWORD !== undefined) {
    const operator = { email: OPERATOR_EMAIL, name: 'Operator', password: OPERATOR_PASSWORD, roles: ['operator' as const] };
    service.beforeReady(() => accounts.ensure(operator));
  }
  accountRoutes(http, { accounts, sessions, tokens });
  profileRoutes(http, accounts);
  sessionRoutes(http, sessions);
  addressRoutes(http, {
    addresses: createAddresses(withAddresses(database)),
    list: (userId) => addressesOf(database, userId),
  });
  userRoutes(http, {
    accounts,
    ordersOf: ordersClient(service.client('order-service', { baseUrl: ORDER_SERVICE_URL })),
    known: (ids) => knownUsers(database, ids),
  });
  service.task({ name: 'forget-sessions', everyMs: 60 * 60 * 1000, run: () => forgetEndedSessions(database) });
  return service;
}
