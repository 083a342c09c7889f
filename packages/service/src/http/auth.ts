/**
 * Bearer tokens: JWTs checked against the issuer's published keys, and the role a route asks for. Whose data it is, is for the route
 * to decide.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { JWTPayload } from 'jose';
import { unavailable } from './error-handler.ts';
import { problem, type Problem } from './problem.ts';
import { createVerifiedTokens } from './verified-tokens.ts';

export type AuthOptions = {
  /** Where the issuer publishes its keys; fetched when first needed and kept. */
  readonly jwksUrl: string;
  readonly issuer: string;
  readonly audience: string;
};

/** Who is calling. */
export type User = {
  /** The token's `sub`. */
  readonly id: string;
  /** The token's `roles`: `operator`. */
  readonly roles: readonly string[];
  readonly claims: Readonly<Record<string, unknown>>;
};

declare module 'fastify' {
  interface FastifyRequest {
    /** Who is calling; `undefined` on routes without `{ auth: 'required' }`. */
    user: User | undefined;
    /** The bearer token as it came, to call other services on behalf of the user. */
    token: string | undefined;
  }
  interface FastifyContextConfig {
    auth?: 'required';
    /** With `auth`: who does not have this role is answered 403. */
    role?: string;
  }
}

/** Checks the token of every request whose route says `{ auth: 'required' }`. */
export function authenticate(http: FastifyInstance, realm: string, options: AuthOptions | undefined): void {
  http.decorateRequest('user', undefined);
  http.decorateRequest('token', undefined);
  http.addHook('onRoute', ({ config, method, url }) => {
    if (config?.auth === 'required' && !options)
      throw new TypeError(`${String(method)} ${url} requires a token, but the service was created without auth`);
    if (config?.role !== undefined && config.auth !== 'required')
      throw new TypeError(`${String(method)} ${url} asks for the role ${config.role}, so it needs { auth: 'required' } too`);
  });
  if (!options) return;
  const verify = createVerifier(options);
  const admit = async (request: FastifyRequest, role: string | undefined): Promise<void> => {
    const token = bearerToken(request.headers.authorization);
    if (token === undefined) throw unauthorized(realm, 'a bearer token is required');
    const claims = await verify(token, (reason) => unauthorized(realm, reason, 'invalid_token'));
    request.user = { id: claims.sub, roles: rolesOf(claims), claims };
    request.token = token;
    if (role !== undefined && !request.user.roles.includes(role)) throw forbidden(realm, role);
  };
  http.addHook('onRequest', (request, _reply, done) => {
    const { auth, role } = request.routeOptions.config;
    if (auth !== 'required') done();
    else admit(request, role).then(() => done(), done);
  });
}

type Claims = JWTPayload & { readonly sub: string };
type Verify = (token: string, refuse: (reason: string) => Problem) => Promise<Claims>;

function createVerifier({ jwksUrl, issuer, audience }: AuthOptions): Verify {
  // Loaded with the first token: many services never see one.
  const loading = async () => {
    const jose = await import('jose');
    return { jose, keys: jose.createRemoteJWKSet(new URL(jwksUrl), { timeoutDuration: 3000, cooldownDuration: 1000 }) };
  };
  let loaded: ReturnType<typeof loading> | undefined;
  const verified = createVerifiedTokens<Claims>();
  return async (token, refuse) => {
    const known = verified.find(token);
    if (known !== undefined) return known;
    const { jose, keys } = await (loaded ??= loading());
    const { payload } = await jose.jwtVerify(token, keys, { issuer, audience }).catch((error: unknown) => {
      // JOSEError itself and the timeout mean that the key set could not be had; its subclasses are about the token.
      const isAboutToken =
        error instanceof jose.errors.JOSEError &&
        error.constructor !== jose.errors.JOSEError &&
        !(error instanceof jose.errors.JWKSTimeout);
      throw isAboutToken
        ? refuse(error instanceof jose.errors.JWTExpired ? 'the token has expired' : 'the token is not valid')
        : unavailable('tokens cannot be checked now', error);
    });
    if (payload.sub === undefined) throw refuse('the token names no user');
    const claims = Object.freeze({ ...payload, sub: payload.sub });
    verified.keep(token, claims);
    return claims;
  };
}

const rolesOf = ({ roles }: Claims): string[] =>
  Array.isArray(roles) ? roles.filter((role: unknown): role is string => typeof role === 'string') : [];

/** RFC 6750, section 2.1. */
const bearerToken = (header: string | undefined): string | undefined => /^Bearer +([\w.~+/-]+=*) *$/i.exec(header ?? '')?.[1];

/** RFC 6750, section 3. */
function unauthorized(realm: string, detail: string, error?: string): Problem {
  const challenge = `Bearer realm="${realm}"${error === undefined ? '' : `, error="${error}", error_description="${detail}"`}`;
  return problem(401, { detail, headers: { 'www-authenticate': challenge } });
}

/** RFC 6750, section 3.1: the token is good, but not for this. */
function forbidden(realm: string, role: string): Problem {
  const detail = `this is for users with the role ${role}`;
  const challenge = `Bearer realm="${realm}", error="insufficient_scope", error_description="${detail}"`;
  return problem(403, { detail, headers: { 'www-authenticate': challenge } });
}
