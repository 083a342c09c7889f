/**
 * Puts the user service together. In the order of the folders:
 *
 *   what an account is                       domain/
 *   opening one, signing in                  application/
 *   PostgreSQL, hashes, tokens, HTTP         adapters/
 *   the tables                               migrations/
 */
import { createService, Type } from '@hikyaku/service';
import { accountBook } from './adapters/account-book.ts';
import { accountRoutes } from './adapters/account-routes.ts';
import { ordersClient } from './adapters/orders-client.ts';
import { hashPassword, isPassword, nobodysHash } from './adapters/passwords.ts';
import { createTokens } from './adapters/tokens.ts';
import { userRoutes } from './adapters/user-routes.ts';
import { createAccounts } from './application/accounts.ts';

const config = {
  DATABASE_URL: Type.String({ secret: true }),
  ORDER_SERVICE_URL: Type.String({ default: 'http://order-service:8080' }),
  JWKS_URL: Type.String({
    default: 'http://user-service:8080/.well-known/jwks.json',
    description: 'Where the keys below are published',
  }),
  TOKEN_ISSUER: Type.String({ default: 'http://user-service:8080' }),
  TOKEN_AUDIENCE: Type.String({ default: 'shop' }),
  TOKEN_LIFETIME_SECONDS: Type.Integer({ default: 3600, minimum: 60 }),
  OPERATOR_EMAIL: Type.String({ default: 'operator@shop.example' }),
  OPERATOR_PASSWORD: Type.Optional(
    Type.String({
      secret: true,
      minLength: 12,
      description: 'Of the operator account, which is made at the start; without it there is none',
    }),
  ),
};

/** Wired, not started. */
export async function createUserService(env: Readonly<Record<string, string | undefined>> = process.env) {
  const service = await createService({
    name: 'user-service',
    version: '0.1.0',
    config,
    migrations: new URL('./migrations/', import.meta.url),
    auth: ({ JWKS_URL, TOKEN_ISSUER, TOKEN_AUDIENCE }) => ({ jwksUrl: JWKS_URL, issuer: TOKEN_ISSUER, audience: TOKEN_AUDIENCE }),
    env,
  });
  const { http, database } = service;
  const {
    TOKEN_ISSUER: issuer,
    TOKEN_AUDIENCE: audience,
    TOKEN_LIFETIME_SECONDS: lifetimeSeconds,
    ORDER_SERVICE_URL,
    OPERATOR_EMAIL,
    OPERATOR_PASSWORD,
  } = service.config;
  const accounts = createAccounts(accountBook(database), { hash: hashPassword, matches: isPassword, nobodysHash });
  const tokens = createTokens({ database, issuer, audience, lifetimeSeconds });

  if (OPERATOR_PASSWORD !== undefined) {
    const operator = { email: OPERATOR_EMAIL, name: 'Operator', password: OPERATOR_PASSWORD, roles: ['operator' as const] };
    service.beforeReady(() => accounts.ensure(operator));
  }
  accountRoutes(http, accounts, tokens);
  userRoutes(http, accounts, ordersClient(service.client('order-service', { baseUrl: ORDER_SERVICE_URL })));
  return service;
}
