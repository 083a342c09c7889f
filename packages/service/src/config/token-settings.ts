/**
 * Whose tokens a service takes, as settings. A service that spreads them into its configuration has routes that demand a token; what
 * the kit does with tokens is in http/auth.ts.
 */
import { Type } from 'typebox';
import type { AuthOptions } from '../http/auth.ts';
import { textOf } from './config.ts';

/**
 * TOKEN_ISSUER and TOKEN_AUDIENCE, with these defaults, and JWKS_URL, which is by default `/.well-known/jwks.json` of the issuer.
 * @param defaults the `iss` of the tokens, an URL, and the `aud` that this service is meant by.
 */
export const tokenSettings = (defaults: { readonly issuer: string; readonly audience: string }) => ({
  TOKEN_ISSUER: Type.String({ default: defaults.issuer, description: 'Whose tokens are taken: their `iss`' }),
  TOKEN_AUDIENCE: Type.String({ default: defaults.audience, description: 'For whom they are: their `aud`' }),
  JWKS_URL: Type.Optional(
    Type.String({
      pattern: '^https?://',
      description: 'Where the issuer publishes its keys; by default /.well-known/jwks.json of TOKEN_ISSUER',
    }),
  ),
});

/** Undefined when the configuration has no such settings. */
export function authFrom(config: object): AuthOptions | undefined {
  const issuer = textOf(config, 'TOKEN_ISSUER');
  const audience = textOf(config, 'TOKEN_AUDIENCE');
  if (issuer === undefined || audience === undefined) return undefined;
  const jwksUrl = textOf(config, 'JWKS_URL') ?? `${issuer.replace(/\/$/, '')}/.well-known/jwks.json`;
  return { issuer, audience, jwksUrl };
}
