/**
 * Outlier detection: an endpoint that fails again and again gets no requests for a while, as Envoy does it.
 *
 *   open ──n failures in a row, and not too many ejected already──► ejected
 *     ▲                                                                │
 *     └──── at the first sweep after baseEjectionTime × ejections ─────┘
 *
 * Every sweep that finds an endpoint open lowers its number of ejections by one again. Sweeps run only while there is something to do.
 */
import type { OutlierDetectionPolicy } from '../snapshot/cluster-policies.ts';

/** What is remembered of one endpoint. */
export class OutlierState {
  consecutive5xx = 0;
  consecutiveGatewayErrors = 0;
  consecutiveLocalFailures = 0;
  /** Lengthens the next ejection. */
  ejections = 0;
  /** On the clock of `performance.now()`; undefined when it is not ejected. */
  ejectedUntil: number | undefined;
  /** The latest, likewise. */
  ejectedAt = -Infinity;
  /** How often it has been. */
  allEjections = 0;

  /** A success, or a new beginning. */
  forgetErrors(): void {
    this.consecutive5xx = 0;
    this.consecutiveGatewayErrors = 0;
  }
}

/** Failures on this side of the connection: the endpoint did not answer. Envoy counts them as the status it would answer itself. */
export type LocalFailure = 'connect' | 'reset' | 'timeout';

/** What an endpoint is ejected for, in Envoy's words. */
export type EjectionReason = 'consecutive_5xx' | 'consecutive_gateway_failure' | 'consecutive_local_origin_failure';

/** Of the endpoints of a cluster. */
export class EjectionCounts {
  /** Found, whether or not an ejection came of it. */
  readonly detected: Record<EjectionReason, number> = noEjections();
  readonly enforced: Record<EjectionReason, number> = noEjections();
  /** Ejections that there would have been, had there not been too many already. */
  overflows = 0;
}

function noEjections(): Record<EjectionReason, number> {
  return { consecutive_5xx: 0, consecutive_gateway_failure: 0, consecutive_local_origin_failure: 0 };
}

export class OutlierDetector {
  readonly counts = new EjectionCounts();
  readonly #onChange: () => void;
  #policy: OutlierDetectionPolicy | undefined;
  #endpoints: readonly OutlierState[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** `onChange` is called when an endpoint was ejected or has returned. */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** Ejected endpoints stay so, unless there is no policy any more. */
  update(policy: OutlierDetectionPolicy | undefined, endpoints: readonly OutlierState[]): void {
    this.#policy = policy;
    this.#endpoints = endpoints;
    if (policy !== undefined) return;
    this.close();
    for (const endpoint of endpoints) endpoint.ejectedUntil = undefined;
  }

  /** Forgets nothing, sweeps no more. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  answered(endpoint: OutlierState, status: number): void {
    const policy = this.#policy;
    if (policy === undefined) return;
    endpoint.consecutiveLocalFailures = 0;
    this.#count(endpoint, status, policy);
  }

  /** For connections that are carried as bytes: that it opened is all there is to see. */
  connected(endpoint: OutlierState): void {
    this.answered(endpoint, 200);
  }

  failed(endpoint: OutlierState, failure: LocalFailure): void {
    const policy = this.#policy;
    if (policy === undefined) return;
    if (!policy.splitExternalLocalOriginErrors) {
      this.#count(endpoint, failure === 'timeout' ? 504 : 503, policy);
      return;
    }
    endpoint.consecutiveLocalFailures++;
    if (isReached(endpoint.consecutiveLocalFailures, policy.consecutiveLocalOriginFailures))
      this.#eject(endpoint, policy, 'consecutive_local_origin_failure');
  }

  #count(endpoint: OutlierState, status: number, policy: OutlierDetectionPolicy): void {
    if (status < 500) {
      endpoint.forgetErrors();
      return;
    }
    endpoint.consecutive5xx++;
    endpoint.consecutiveGatewayErrors = status >= 502 && status <= 504 ? endpoint.consecutiveGatewayErrors + 1 : 0;
    if (isReached(endpoint.consecutive5xx, policy.consecutive5xxErrors)) this.#eject(endpoint, policy, 'consecutive_5xx');
    else if (isReached(endpoint.consecutiveGatewayErrors, policy.consecutiveGatewayErrors))
      this.#eject(endpoint, policy, 'consecutive_gateway_failure');
  }

  #eject(endpoint: OutlierState, policy: OutlierDetectionPolicy, reason: EjectionReason): void {
    // Answers to requests that were in flight when it was ejected.
    if (endpoint.ejectedUntil !== undefined) return;
    this.counts.detected[reason]++;
    if (this.#areTooMany(policy)) {
      this.counts.overflows++;
      return;
    }
    this.counts.enforced[reason]++;
    endpoint.allEjections++;
    endpoint.ejections++;
    endpoint.ejectedAt = performance.now();
    const longestMs = Math.max(policy.maxEjectionMs, policy.baseEjectionMs);
    endpoint.ejectedUntil = endpoint.ejectedAt + Math.min(policy.baseEjectionMs * endpoint.ejections, longestMs);
    this.#arm(policy.intervalMs);
    this.#onChange();
  }

  /** One endpoint may always be ejected, unless none may. */
  #areTooMany({ maxEjectionPercent }: OutlierDetectionPolicy): boolean {
    const ejected = this.#endpoints.filter(({ ejectedUntil }) => ejectedUntil !== undefined).length;
    const percent = (100 * (ejected + 1)) / this.#endpoints.length;
    return maxEjectionPercent === 0 || (ejected > 0 && percent > maxEjectionPercent);
  }

  #arm(intervalMs: number): void {
    this.#timer ??= setTimeout(() => this.#sweep(), intervalMs).unref();
  }

  #sweep(): void {
    this.#timer = undefined;
    const now = performance.now();
    let hasReturned = false;
    for (const endpoint of this.#endpoints) {
      if (endpoint.ejectedUntil === undefined) {
        if (endpoint.ejections > 0) endpoint.ejections--;
      } else if (endpoint.ejectedUntil <= now) {
        endpoint.ejectedUntil = undefined;
        endpoint.forgetErrors();
        endpoint.consecutiveLocalFailures = 0;
        hasReturned = true;
      }
    }
    if (this.#policy !== undefined && this.#endpoints.some(({ ejections }) => ejections > 0)) this.#arm(this.#policy.intervalMs);
    if (hasReturned) this.#onChange();
  }
}

function isReached(count: number, limit: number): boolean {
  return limit > 0 && count >= limit;
}
