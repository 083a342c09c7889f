/**
 * Idempotency keys for routes that must not take effect twice
 * (https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/).
 */
import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { sqlState, unreachableReason } from '../database/connection-error.ts';
import type { Database, Queryable, Transaction } from '../database/database.ts';
import { sharedTransaction } from '../database/shared-transaction.ts';
import { problem } from './problem.ts';

/** What is stored with the key and sent to every later request with it. `body` is JSON. */
export type StoredAnswer<Body> = { readonly status: number; readonly body: Body };

export type IdempotentOptions<Body, Prepared> = {
  readonly database: Database;
  readonly request: FastifyRequest;
  /**
   * Part of the request that must be the same for the same key. Default: the body. Only its hash is stored.
   */
  readonly fingerprint?: unknown;
  /**
   * Asks others what `work` needs to know, before the transaction, so that none is open meanwhile. A request that is repeated asks in vain, and is
   * answered although those others are away, or say something else by now.
   */
  readonly prepare: () => Promise<Prepared>;
  /**
   * What it writes through `tx` commits together with the answer, once per key and user: it must have no other effect, because of several
   * requests at the same time each may run it, and one is kept. When it throws, nothing is kept and the key may be used again. Requests with other keys may
   * share the transaction, so it should be short.
   */
  readonly work: (tx: Transaction, prepared: Prepared) => Promise<StoredAnswer<Body>>;
};

/** Longest accepted `Idempotency-Key`. */
const longestKey = 255;
/** How long a request waits for another one with the same key. */
const patienceMs = 5000;
const lockNotAvailable = '55P03';

/**
 * Answers a request once per key: `work` runs for the first, every later one gets the stored answer.
 * @throws Problem 400 without a usable key, 422 when the key was used with another request, 409 when the first request
 * takes too long.
 */
export async function idempotent<Body, Prepared>({
  database,
  request,
  fingerprint = request.body,
  prepare,
  work,
}: IdempotentOptions<Body, Prepared>): Promise<StoredAnswer<Body>> {
  const claim: Claim = {
    scope: `${request.user?.id ?? ''} ${request.method} ${request.routeOptions.url ?? request.url}`,
    key: keyOf(request),
    hash: createHash('sha256')
      .update(JSON.stringify(fingerprint ?? null))
      .digest('hex'),
  };
  let isPrepared = false;
  try {
    // Most keys are new, so it is not looked first whether this one is: its place in the table says so.
    const prepared = await prepare();
    isPrepared = true;
    return await sharedTransaction(database, async (tx) => {
      lock(tx, claim);
      const answer = await work(tx, prepared);
      tx.send('INSERT INTO hikyaku.idempotency (scope, key, fingerprint, status, body) VALUES ($1, $2, $3, $4, $5)', [
        claim.scope,
        claim.key,
        claim.hash,
        answer.status,
        JSON.stringify(answer.body),
      ]);
      return answer;
    });
  } catch (error) {
    if (isPrepared && unreachableReason(error) !== undefined) throw error;
    return answerOfAnother(database, claim, error);
  }
}

type Claim = { readonly scope: string; readonly key: string; readonly hash: string };

/** The answer the key already has; throws Problem 422 when it was given to another request. */
async function findAnswer<Body>(database: Queryable, { scope, key, hash }: Claim): Promise<StoredAnswer<Body> | undefined> {
  const sql = 'SELECT fingerprint, status, body FROM hikyaku.idempotency WHERE scope = $1 AND key = $2';
  const stored = await database.one(sql, [scope, key]);
  if (stored && stored.fingerprint !== hash) throw problem(422, { detail: 'this idempotency key was used with another request' });
  // The row was written by `idempotent`, as a StoredAnswer of the same route.
  return stored && ({ status: stored.status, body: stored.body } as StoredAnswer<Body>);
}

function keyOf(request: FastifyRequest): string {
  const key = request.headers['idempotency-key'];
  if (typeof key !== 'string' || key.trim() === '') throw problem(400, { detail: 'the header Idempotency-Key is required' });
  if (key.length > longestKey)
    throw problem(400, { detail: `the header Idempotency-Key is longer than ${longestKey} characters` });
  return key.trim();
}

/**
 * One request per key at a time, in every process; the lock ends with the transaction. What `work` does waits behind it, and nobody waits for its
 * answer: when the request before has left one, the answer of this request finds its place taken. The three calls are one statement, evaluated from
 * left to right.
 */
function lock(tx: Transaction, { scope, key }: Claim): void {
  const sql = `SELECT set_config('lock_timeout', $2, true), pg_advisory_xact_lock(hashtextextended($1, 0)), set_config('lock_timeout', '0', true)`;
  tx.send(sql, [`${scope} ${key}`, String(patienceMs)]);
}

/** After a failure: had another request with this key been there before, whatever failed here is of no interest. */
async function answerOfAnother<Body>(database: Database, claim: Claim, error: unknown): Promise<StoredAnswer<Body>> {
  const stored = await findAnswer<Body>(database, claim);
  if (stored) return stored;
  if (sqlState(error) !== lockNotAvailable) throw error;
  throw problem(409, { detail: 'a request with this idempotency key is still being worked on', headers: { 'retry-after': '1' } });
}
