/**
 * Retry budgets: retries are a share of the load, so that they cannot make a service that is in trouble drown.
 */
import type { RetryBudgetPolicy } from '../snapshot/cluster-policies.ts';

/** How many retries may be under way at once while so many requests are in flight or waiting. */
export function retryLimit({ percent, minRetryConcurrency }: RetryBudgetPolicy, requests: number): number {
  return Math.max(minRetryConcurrency, Math.floor((percent / 100) * requests));
}
