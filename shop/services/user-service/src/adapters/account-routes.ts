/**
 * The public HTTP API of accounts and sign-in.
 */
import { type HttpServer, problem, type Static, Type } from '@hikyaku/service';
import type { Accounts } from '../application/accounts.ts';
import type { OpenSession, Sessions } from '../application/sessions.ts';
import { EmailTaken, type User } from '../domain/user.ts';
import type { Tokens } from './tokens.ts';

/** Long enough for any passphrase, short enough that hashing it cannot be used to wear the service out. */
const MAX_PASSWORD = 256;
const MAX_USER_AGENT = 256;

export const LocaleName = Type.Union([Type.Literal('ja'), Type.Literal('en')], { description: 'The language of mails' });
export const PersonName = Type.String({ minLength: 1, maxLength: 100, pattern: String.raw`\S` });
export const UserBody = Type.Object({ id: Type.String(), email: Type.String(), name: Type.String(), locale: LocaleName });

const NewAccountBody = Type.Object({
  email: Type.String({ format: 'email', maxLength: 254 }),
  password: Type.String({ minLength: 8, maxLength: MAX_PASSWORD }),
  name: PersonName,
  locale: Type.Optional(LocaleName),
});

// Deliberately loose: what could not be a password here is simply a wrong one, and gets the same answer.
const CredentialsBody = Type.Object({
  email: Type.String({ maxLength: 254 }),
  password: Type.String({ maxLength: MAX_PASSWORD }),
});

const TokenBody = Type.Object({
  access_token: Type.String(),
  token_type: Type.Literal('Bearer'),
  expires_in: Type.Integer({ description: 'Seconds' }),
  refresh_token: Type.String({
    description:
      'Good for one POST /auth/refresh, which gives the next; for half a minute also for another one, should the answer be lost',
  }),
});

const RefreshBody = Type.Object({ refresh_token: Type.String({ minLength: 1, maxLength: 200 }) });

export interface AccountRoutesOptions {
  accounts: Accounts;
  sessions: Sessions;
  tokens: Tokens;
}

export function accountRoutes(http: HttpServer, { accounts, sessions, tokens }: AccountRoutesOptions): void {
  http.post('/users', { schema: { body: NewAccountBody, response: { 201: UserBody } } }, async (request, reply) => {
    const user = await accounts.open(request.body).catch(refuse);
    return reply.code(201).send(user);
  });

  http.post('/auth/token', { schema: { body: CredentialsBody, response: { 200: TokenBody } } }, async (request, reply) => {
    const user = await accounts.signIn(request.body);
    if (user === undefined) throw wrongCredentials();
    const userAgent = (request.headers['user-agent'] ?? '').slice(0, MAX_USER_AGENT);
    reply.header('cache-control', 'no-store');
    return tokenBody(user, await sessions.begin(user.id, userAgent));
  });

  http.post('/auth/refresh', { schema: { body: RefreshBody, response: { 200: TokenBody } } }, async (request, reply) => {
    const open = await sessions.refresh(request.body.refresh_token);
    const user = open && (await accounts.find(open.session.userId));
    if (open === undefined || user === undefined) throw sessionEnded();
    reply.header('cache-control', 'no-store');
    return tokenBody(user, open);
  });

  // Always 204: whether the token was any good is nobody's business (RFC 7009, section 2.2).
  http.post('/auth/logout', { schema: { body: RefreshBody } }, async (request, reply) => {
    await sessions.end(request.body.refresh_token);
    return reply.code(204).send();
  });

  http.get('/.well-known/jwks.json', (_request, reply) => {
    reply.header('cache-control', 'public, max-age=300');
    return tokens.publicKeys();
  });

  async function tokenBody(user: User, { session, refreshToken }: OpenSession): Promise<Static<typeof TokenBody>> {
    const { token, expiresInSeconds } = await tokens.issue(user, session.id);
    return { access_token: token, token_type: 'Bearer', expires_in: expiresInSeconds, refresh_token: refreshToken };
  }
}

function sessionEnded() {
  return problem(401, {
    type: 'urn:shop:problem:session_ended',
    detail: 'The session has ended. Sign in again.',
    headers: { 'WWW-Authenticate': 'Bearer realm="shop", error="invalid_token"' },
  });
}

function wrongCredentials() {
  return problem(401, {
    type: 'urn:shop:problem:wrong_credentials',
    detail: 'The e-mail address or the password is wrong.',
    headers: { 'WWW-Authenticate': 'Bearer realm="shop"' },
  });
}

function refuse(error: unknown): never {
  if (error instanceof EmailTaken) throw problem(409, { type: `urn:shop:problem:${error.code}`, detail: error.message });
  throw error;
}
