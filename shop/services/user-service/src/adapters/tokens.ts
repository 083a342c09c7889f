/**
 * Access tokens: JWTs signed with ES256. The key pair is made at the first start and kept in the database, so tokens stay valid
 * over restarts and every replica signs with the same key.
 */
import type { Database, Row } from '@hikyaku/service';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import type { User } from '../domain/user.ts';

export interface TokenOptions {
  database: Database;
  issuer: string;
  audience: string;
  lifetimeSeconds: number;
}

export interface AccessToken {
  token: string;
  expiresInSeconds: number;
}

export interface Tokens {
  /** Carries the session as `sid`. */
  issue(user: User, sessionId: string): Promise<AccessToken>;
  /** The public keys, for whoever checks tokens (RFC 7517). */
  publicKeys(): Promise<{ keys: JWK[] }>;
}

interface SigningKey {
  kid: string;
  publicJwk: JWK;
  privateJwk: JWK;
}

const ALGORITHM = 'ES256';
/** Any number that no other advisory lock of this database uses. */
const KEY_LOCK = 7_517;

export function createTokens({ database, issuer, audience, lifetimeSeconds }: TokenOptions): Tokens {
  let loaded: Promise<SigningKey> | undefined;

  return {
    async issue(user, sessionId) {
      const { kid, privateJwk } = await signingKey();
      const token = await new SignJWT({ name: user.name, sid: sessionId, ...(user.roles.length > 0 && { roles: user.roles }) })
        .setProtectedHeader({ alg: ALGORITHM, kid, typ: 'at+jwt' })
        .setSubject(user.id)
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt()
        .setExpirationTime(`${lifetimeSeconds} seconds`)
        .sign(await importJWK(privateJwk, ALGORITHM));
      return { token, expiresInSeconds: lifetimeSeconds };
    },

    async publicKeys() {
      const { publicJwk } = await signingKey();
      return { keys: [publicJwk] };
    },
  };

  function signingKey(): Promise<SigningKey> {
    loaded ??= loadOrCreate(database).catch((error: unknown) => {
      loaded = undefined;
      throw error;
    });
    return loaded;
  }
}

/** The lock makes replicas that start together agree on one key. */
function loadOrCreate(database: Database): Promise<SigningKey> {
  return database.transaction(async (tx) => {
    await tx.query('SELECT pg_advisory_xact_lock($1)', [KEY_LOCK]);
    const sql = 'SELECT kid, public_jwk, private_jwk FROM signing_keys ORDER BY created_at DESC LIMIT 1';
    const existing = await tx.one(sql, [], readKey);
    if (existing !== undefined) return existing;
    const key = await generateKey();
    await tx.query('INSERT INTO signing_keys (kid, public_jwk, private_jwk) VALUES ($1, $2, $3)', [
      key.kid,
      JSON.stringify(key.publicJwk),
      JSON.stringify(key.privateJwk),
    ]);
    return key;
  });
}

async function generateKey(): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  const publicJwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(publicJwk);
  const common = { kid, alg: ALGORITHM, use: 'sig' };
  return { kid, publicJwk: { ...publicJwk, ...common }, privateJwk: { ...(await exportJWK(privateKey)), ...common } };
}

function readKey(row: Row): SigningKey {
  return { kid: String(row.kid), publicJwk: readJwk(row.public_jwk), privateJwk: readJwk(row.private_jwk) };
}

function readJwk(value: unknown): JWK {
  if (typeof value !== 'object' || value === null || !('kty' in value) || typeof value.kty !== 'string') {
    throw new TypeError('The database has a signing key that is no JSON Web Key.');
  }
  return { ...value, kty: value.kty };
}
