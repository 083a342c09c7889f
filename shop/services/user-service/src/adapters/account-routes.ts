/**
 * The public HTTP API of accounts and sign-in.
 */
import { type HttpServer, problem, Type } from '@hikyaku/service';
import type { Accounts } from '../application/accounts.ts';
import { EmailTaken } from '../domain/user.ts';
import type { Tokens } from './tokens.ts';

/** Long enough for any passphrase, short enough that hashing it cannot be used to wear the service out. */
const MAX_PASSWORD = 256;

export const UserBody = Type.Object({ id: Type.String(), email: Type.String(), name: Type.String() });

const NewAccountBody = Type.Object({
  email: Type.String({ format: 'email', maxLength: 254 }),
  password: Type.String({ minLength: 8, maxLength: MAX_PASSWORD }),
  name: Type.String({ minLength: 1, maxLength: 100, pattern: String.raw`\S` }),
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
});

export function accountRoutes(http: HttpServer, accounts: Accounts, tokens: Tokens): void {
  http.post('/users', { schema: { body: NewAccountBody, response: { 201: UserBody } } }, async (request, reply) => {
    const user = await accounts.open(request.body).catch(refuse);
    return reply.code(201).send(user);
  });

  http.post('/auth/token', { schema: { body: CredentialsBody, response: { 200: TokenBody } } }, async (request, reply) => {
    const user = await accounts.signIn(request.body);
    if (user === undefined) throw wrongCredentials();
    const { token, expiresInSeconds } = await tokens.issue(user);
    reply.header('cache-control', 'no-store');
    return { access_token: token, token_type: 'Bearer' as const, expires_in: expiresInSeconds };
  });

  http.get('/.well-known/jwks.json', (_request, reply) => {
    reply.header('cache-control', 'public, max-age=300');
    return tokens.publicKeys();
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
