/**
 * Verifies the tokens of one rule and remembers those that were good: the signature of a token is checked once, and every later
 * request with it costs a look-up. Nothing is remembered of bad ones, and no token is kept: only its digest.
 */
import { hash } from 'node:crypto';
import type { JWTPayload } from 'jose';
import type { JwtRule } from '../snapshot/protection.ts';
import { KeySet } from './key-set.ts';
import type { FetchText } from './key-set.ts';

/** Who a request comes from, by a token that was verified. */
export interface Identity {
  claims: Readonly<Record<string, unknown>>;
  /** `iss/sub`; absent when the token lacks one of them. */
  principal?: string;
  /** The token's middle part, as it came: base64url. */
  payload: string;
}

/** `detail` is for the person who sent it; never holds the token. */
export interface BadToken {
  status: 401 | 403;
  detail: string;
}

interface Remembered {
  identity: Identity;
  /** Wall clock, as tokens have it. */
  goodUntilMs: number;
}

/** Envoy's allowance for clocks that differ. */
const clockToleranceSeconds = 60;
/** For tokens that never expire. */
const longestMs = 60 * 60_000;
const maxRemembered = 10_000;
/** What does not fit into a request head is no token either. */
const maxTokenLength = 16_384;

export class TokenVerifier {
  readonly rule: JwtRule;
  readonly #keys: KeySet | undefined;
  /** By digest, the longest unused first. */
  readonly #good = new Map<string, Remembered>();

  constructor(rule: JwtRule, fetchText: FetchText) {
    this.rule = rule;
    const source = rule.keys;
    this.#keys = source.kind === 'none' ? undefined : new KeySet({ source, fetchText, onChange: () => this.#good.clear() });
  }

  /** At once, when the token was verified before and is still good. */
  recall(token: string): Identity | undefined {
    if (this.#good.size === 0) return undefined;
    const digest = digestOf(token);
    const known = this.#good.get(digest);
    if (known === undefined) return undefined;
    this.#good.delete(digest);
    if (known.goodUntilMs <= Date.now()) return undefined;
    this.#good.set(digest, known);
    return known.identity;
  }

  async verify(token: string): Promise<Identity | BadToken> {
    const { issuer, audiences } = this.rule;
    if (this.#keys === undefined || token.length > maxTokenLength)
      return { status: 401, detail: 'The token cannot be verified.' };
    const { jwtVerify, errors } = await import('jose');
    try {
      const { payload } = await jwtVerify(token, this.#keys.getKey, {
        clockTolerance: clockToleranceSeconds,
        ...(issuer !== undefined && { issuer }),
        ...(audiences.length > 0 && { audience: audiences }),
      });
      return this.#remember(token, payload);
    } catch (error) {
      if (!(error instanceof errors.JOSEError))
        return {
          status: 401,
          detail: `The token cannot be verified: ${error instanceof Error ? error.message : String(error)}.`,
        };
      const isAudience = error instanceof errors.JWTClaimValidationFailed && error.claim === 'aud';
      return { status: isAudience ? 403 : 401, detail: whyBad(error) };
    }
  }

  #remember(token: string, claims: JWTPayload): Identity {
    const { iss, sub, exp } = claims;
    const identity: Identity = {
      claims,
      ...(iss !== undefined && sub !== undefined && { principal: `${iss}/${sub}` }),
      payload: Buffer.from(token.split('.')[1] ?? '', 'latin1').toString('latin1'),
    };
    const expiresAtMs = exp === undefined ? Infinity : (exp + clockToleranceSeconds) * 1000;
    this.#good.set(digestOf(token), { identity, goodUntilMs: Math.min(expiresAtMs, Date.now() + longestMs) });
    if (this.#good.size > maxRemembered) this.#good.delete(this.#good.keys().next().value ?? '');
    return identity;
  }
}

function digestOf(token: string): string {
  return hash('sha256', token, 'base64');
}

function whyBad(error: { code: string; message: string }): string {
  switch (error.code) {
    case 'ERR_JWT_EXPIRED':
      return 'The token has expired.';
    case 'ERR_JWKS_NO_MATCHING_KEY':
      return 'The token is signed with a key that its issuer does not publish.';
    case 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED':
      return 'The signature of the token is wrong.';
    case 'ERR_JWT_CLAIM_VALIDATION_FAILED':
      return `The token is not for this place: ${error.message}.`;
    default:
      return 'The token is malformed.';
  }
}
