/**
 * What a cluster may use at once: connections, requests that wait for one, requests, retries. Counted over all its endpoints, as Envoy's
 * circuit breakers are.
 */
import type { ConnectionPoolPolicy, RetryBudgetPolicy } from '../snapshot/cluster-policies.ts';
import { retryLimit } from './budget.ts';
import { UpstreamCounts } from './upstream-counts.ts';

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
  /** All that were ever taken. */
  total = 0;
  /** How often one was wanted and none was left. */
  overflows = 0;

  get isFull(): boolean {
    return this.taken >= this.limit;
  }

  /** Returns false when none is left. */
  take(): boolean {
    if (this.taken >= this.limit) {
      this.overflows++;
      return false;
    }
    this.force();
    return true;
  }

  /** One more than there may be, if need be. */
  force(): void {
    this.taken++;
    this.total++;
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
  readonly counts = new UpstreamCounts();
  policy: ConnectionPoolPolicy = {};
  #budget: RetryBudgetPolicy | undefined;

  /** Whether anybody has ever asked anything of the cluster. */
  get wasUsed(): boolean {
    const { requests, connections, counts } = this;
    const wasAsked = [requests, connections].some(({ total, overflows }) => total > 0 || overflows > 0);
    const { denied, no_endpoint: nowhere } = counts.lostCopies;
    return wasAsked || counts.noneOpen > 0 || denied > 0 || nowhere > 0;
  }

  /** What is taken stays taken; lower limits hold for what comes. */
  update(policy: ConnectionPoolPolicy | undefined, budget: RetryBudgetPolicy | undefined): void {
    this.policy = policy ?? {};
    this.#budget = budget;
    this.connections.limit = this.policy.maxConnections ?? Infinity;
    this.pending.limit = this.policy.maxPendingRequests ?? Infinity;
    this.requests.limit = this.policy.maxRequests ?? Infinity;
  }

  /** Whether one more retry may be under way now. A no is counted: it is for a retry that was wanted. */
  mayRetry(): boolean {
    if (!this.isFullOfRetries) return true;
    this.retries.overflows++;
    return false;
  }

  get isFullOfRetries(): boolean {
    // A budget grows and shrinks with the load.
    const limit = this.#budget === undefined ? this.policy.maxRetries : retryLimit(this.#budget, this.requests.taken);
    return this.retries.taken >= (limit ?? Infinity);
  }
}
