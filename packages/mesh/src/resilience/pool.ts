/**
 * What a cluster may use at once: connections, requests that wait for one, requests, retries. Counted over all its endpoints, as Envoy's
 * circuit breakers are.
 */
import type { ConnectionPoolPolicy, RetryBudgetPolicy } from '../snapshot/cluster-policies.ts';
import { retryLimit } from './budget.ts';

/** A request was refused because of a limit: nothing of it was sent, and it must not be tried again elsewhere. */
export class OverflowError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'OverflowError';
  }
}

/** Places that are taken and given back. */
export class Places {
  taken = 0;
  limit = Infinity;

  /** Returns false when none is left. */
  take(): boolean {
    if (this.taken >= this.limit) return false;
    this.taken++;
    return true;
  }

  /** One more than there may be, if need be. */
  force(): void {
    this.taken++;
  }

  give(): void {
    this.taken--;
  }
}

export class Pool {
  readonly connections = new Places();
  readonly pending = new Places();
  readonly requests = new Places();
  readonly retries = new Places();
  policy: ConnectionPoolPolicy = {};
  #budget: RetryBudgetPolicy | undefined;

  /** What is taken stays taken; lower limits hold for what comes. */
  update(policy: ConnectionPoolPolicy | undefined, budget: RetryBudgetPolicy | undefined): void {
    this.policy = policy ?? {};
    this.#budget = budget;
    this.connections.limit = this.policy.maxConnections ?? Infinity;
    this.pending.limit = this.policy.maxPendingRequests ?? Infinity;
    this.requests.limit = this.policy.maxRequests ?? Infinity;
  }

  /** Whether one more retry may be under way now. */
  mayRetry(): boolean {
    const limit = this.#budget === undefined ? this.policy.maxRetries : retryLimit(this.#budget, this.requests.taken);
    return this.retries.taken < (limit ?? Infinity);
  }
}
