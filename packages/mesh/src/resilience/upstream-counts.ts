/**
 * What happened between a cluster and its callers besides ordinary requests: read when somebody looks (`proxy/cluster-report.ts`).
 * Counted where it happens, and nothing of it happens to a request that goes well. What a limit takes and refuses is counted by the
 * limit itself (`pool.ts`), ejections by whoever ejects (`outlier.ts`).
 */
export class UpstreamCounts {
  /** Connections that were not made, also those that took too long. */
  connectFailures = 0;
  connectTimeouts = 0;
  /** Requests for which no endpoint was open. */
  noneOpen = 0;
  /** Requests that had no answer within the time of their route, and attempts that had none within theirs. */
  timeouts = 0;
  attemptTimeouts = 0;
  /** Requests that ended well after a retry, and those that would have been retried once more. */
  retrySuccesses = 0;
  retriesUsedUp = 0;
  /** Copies of requests that were sent here, and those that were given up, by the reason. */
  copies = 0;
  readonly lostCopies: Record<LostCopy, number> = {
    denied: 0, no_endpoint: 0, overflow: 0, too_slow: 0, timeout: 0, failed: 0,
  }; // prettier-ignore

  connectionFailed(isTimeout: boolean): void {
    this.connectFailures++;
    if (isTimeout) this.connectTimeouts++;
  }
}

/**
 * Why a copy was given up: policies do not let it in; there was nobody to send it to, or the cluster had as many requests as it may have; the upstream took the body
 * too slowly; it had no answer in time; its connection failed.
 */
export type LostCopy = 'denied' | 'no_endpoint' | 'overflow' | 'too_slow' | 'timeout' | 'failed';
