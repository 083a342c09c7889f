/**
 * The retries of one request: how many there were, whether there may be another, and where it should not go. When it is made, and what becomes
 * of the attempt, is the business of `forward.ts`.
 */
import type { Pool } from '../resilience/pool.ts';
import { backoffMs, mayRetry } from '../resilience/retry.ts';
import type { AttemptResult, RequestTraits } from '../resilience/retry.ts';
import type { ForwardDecision } from '../routing/decision.ts';
import type { Upstream } from './upstream.ts';
import type { Upstreams } from './upstreams.ts';

export class Retries {
  /** Begun so far. */
  count = 0;
  readonly #upstreams: Upstreams;
  readonly #decision: ForwardDecision;
  /** Allocated by the first: most requests have none. */
  #tried: Set<Upstream> | undefined;
  /** Where a place is taken. */
  #pool: Pool | undefined;

  constructor(upstreams: Upstreams, decision: ForwardDecision) {
    this.#upstreams = upstreams;
    this.#decision = decision;
  }

  /** Another endpoint is to be asked if there is one. */
  get except(): ReadonlySet<Upstream> | undefined {
    return this.#decision.retry.mayRepeatEndpoints === true ? undefined : this.#tried;
  }

  may(result: AttemptResult, request: RequestTraits): boolean {
    const { retry, cluster } = this.#decision;
    if (retry.attempts === 0) return false;
    const isWanted = mayRetry(result, request, retry);
    if (this.count === 0 && !isWanted) return false;
    const pool = this.#upstreams.pool(cluster);
    if (isWanted && this.count < retry.attempts) return pool?.mayRetry() === true;
    if (pool !== undefined && isWanted) pool.counts.retriesUsedUp++;
    else if (pool !== undefined && result.kind === 'answered') pool.counts.retrySuccesses++;
    return false;
  }

  /** Returns after how many milliseconds. `asked` is the endpoint that was asked last. */
  begin(asked: Upstream | undefined): number {
    this.count++;
    if (asked !== undefined) (this.#tried ??= new Set()).add(asked);
    this.#pool = this.#upstreams.pool(this.#decision.cluster);
    this.#pool?.retries.force();
    return backoffMs(this.count, Math.random(), this.#decision.retry.backoffMs);
  }

  /** From here on it no longer counts against the limit of retries. May be called when there is none under way. */
  end(): void {
    this.#pool?.retries.give();
    this.#pool = undefined;
  }
}
