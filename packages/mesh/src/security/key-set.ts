/**
 * The public keys of an issuer: given inline, or fetched and kept fresh. Keys that were once had stay in use while the issuer cannot
 * be reached. Knows nothing of tokens but the key they ask for.
 */
import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose';
import type { KeySource } from '../snapshot/protection.ts';

/** Resolves with the body of the response to a GET; rejects when there is none with status 200. */
export type FetchText = (url: string, source: { namespace: string; timeoutMs: number }) => Promise<string>;

/** Istio's interval. */
const freshForMs = 20 * 60_000;
/** After a failure, and between two fetches for keys that nobody has (a new key of the issuer, or a token made up). */
const shortestPauseMs = 1_000;
const longestPauseMs = 30_000;

export interface KeySetOptions {
  source: Exclude<KeySource, { kind: 'none' }>;
  fetchText: FetchText;
  /** Called when keys are no longer what they were: what was verified with them may be wrong. */
  onChange: () => void;
  /** Monotonic, in milliseconds. */
  now?: () => number;
}

export class KeySet {
  readonly #options: KeySetOptions;
  readonly #now: () => number;
  #text: string | undefined;
  #getKey: JWTVerifyGetKey | undefined;
  #fetchedAtMs = -Infinity;
  #pauseMs = shortestPauseMs;
  #notBeforeMs = -Infinity;
  #fetching: Promise<void> | undefined;

  constructor(options: KeySetOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** For `jwtVerify`. Throws jose's error when no key fits, and another one when no keys could be had. */
  readonly getKey: JWTVerifyGetKey = async (header, token) => {
    const known = this.#getKey ?? (await this.#first());
    if (this.#options.source.kind !== 'inline' && this.#now() - this.#fetchedAtMs > freshForMs)
      void this.#refresh().catch(() => undefined);
    try {
      return await known(header, token);
    } catch (error) {
      // The issuer may have begun to sign with a new key.
      const mayBeNew = isNoMatch(error) && this.#options.source.kind !== 'inline' && this.#now() >= this.#notBeforeMs;
      if (!mayBeNew) throw error;
      await this.#refresh().catch(() => undefined);
      return (this.#getKey ?? known)(header, token);
    }
  };

  async #first(): Promise<JWTVerifyGetKey> {
    const { source } = this.#options;
    if (source.kind === 'inline') await this.#use(source.jwks);
    else if (this.#now() >= this.#notBeforeMs || this.#fetching !== undefined) await this.#refresh();
    if (this.#getKey === undefined) throw new Error('its keys could not be fetched a moment ago');
    return this.#getKey;
  }

  /** Whoever asks while a fetch is under way waits for that one. */
  #refresh(): Promise<void> {
    this.#fetching ??= this.#fetch().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #fetch(): Promise<void> {
    this.#notBeforeMs = this.#now() + this.#pauseMs;
    this.#pauseMs = Math.min(this.#pauseMs * 2, longestPauseMs);
    const text = await this.#download();
    await this.#use(text);
    this.#fetchedAtMs = this.#now();
    this.#pauseMs = shortestPauseMs;
    this.#notBeforeMs = this.#now() + longestPauseMs;
  }

  async #download(): Promise<string> {
    const { source, fetchText } = this.#options;
    if (source.kind === 'inline') return source.jwks;
    if (source.kind === 'jwks') return fetchText(source.url, source);
    const configuration: unknown = JSON.parse(await fetchText(source.url, source));
    const hasUri = typeof configuration === 'object' && configuration !== null && 'jwks_uri' in configuration;
    if (!hasUri || typeof configuration.jwks_uri !== 'string') throw new Error(`${source.url} names no jwks_uri`);
    return fetchText(configuration.jwks_uri, source);
  }

  async #use(text: string): Promise<void> {
    if (text === this.#text) return;
    const { createLocalJWKSet } = await import('jose');
    const parsed: unknown = JSON.parse(text);
    if (!isKeySet(parsed)) throw new Error('it is no JSON Web Key Set');
    const isFirst = this.#getKey === undefined;
    this.#getKey = createLocalJWKSet(parsed);
    this.#text = text;
    if (!isFirst) this.#options.onChange();
  }
}

function isKeySet(value: unknown): value is JSONWebKeySet {
  return typeof value === 'object' && value !== null && 'keys' in value && Array.isArray(value.keys);
}

function isNoMatch(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_JWKS_NO_MATCHING_KEY';
}
