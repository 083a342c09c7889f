/**
 * One global rate limit: fixed windows, counted where all proxies count. Plays the part of Envoy's rate limit service and names its
 * counters as that does.
 */
import type { GlobalRateLimit } from '../snapshot/protection.ts';
import type { Count, Counters } from './counters.ts';
import type { CountedRequest, Descriptor, DescriptorsOf } from './descriptors.ts';
import { limitFor } from './limit-tree.ts';
import { allowed } from './verdict.ts';
import type { Verdict } from './verdict.ts';

export interface GlobalLimiterOptions {
  limit: GlobalRateLimit;
  counters: Counters;
  /** Wall clock, in milliseconds: windows must be the same for all who count. */
  now?: () => number;
}

/** What the counters could not be asked for. */
export interface Uncounted {
  isAllowed: boolean;
  failure: string;
}

interface Window extends Count {
  requests: number;
  seconds: number;
  isShadow: boolean;
}

export class GlobalLimiter {
  readonly limit: GlobalRateLimit;
  /** Requests that were not counted, because the counters could not be asked in time. */
  failures = 0;
  readonly #counters: Counters;
  readonly #now: () => number;

  constructor({ limit, counters, now = Date.now }: GlobalLimiterOptions) {
    this.limit = limit;
    this.#counters = counters;
    this.#now = now;
  }

  /** Without a promise for requests that no limit is for. */
  check(request: CountedRequest, descriptorsOf: DescriptorsOf): Verdict | Promise<Verdict | Uncounted> {
    const nowMs = this.#now();
    const windows = descriptorsOf(request).flatMap((descriptor) => this.#windowOf(descriptor, nowMs) ?? []);
    return windows.length === 0 ? allowed : this.#count(windows, nowMs);
  }

  #windowOf(descriptor: Descriptor, nowMs: number): Window | undefined {
    const node = limitFor(this.limit.limits, descriptor);
    if (node?.limit === undefined || node.limit === 'unlimited') return undefined;
    const { requests, windowSeconds } = node.limit;
    const begunAt = Math.floor(nowMs / 1000 / windowSeconds) * windowSeconds;
    const entries = descriptor.map(({ key, value }) => `${key}_${value}`).join('_');
    return {
      key: `${this.limit.domain}_${entries}_${begunAt}`,
      expiresInSeconds: windowSeconds,
      requests,
      seconds: windowSeconds,
      isShadow: node.isShadow,
    };
  }

  async #count(windows: readonly Window[], nowMs: number): Promise<Verdict | Uncounted> {
    try {
      const counts = await withTimeout(this.#counters.add(windows), this.limit.timeoutMs);
      const verdicts = windows.map((window, index) => verdictOf(window, counts[index] ?? 0, nowMs));
      return verdicts.find(({ isAllowed }) => !isAllowed) ?? scarcest(verdicts);
    } catch (error) {
      this.failures++;
      return { isAllowed: !this.limit.deniesOnFailure, failure: error instanceof Error ? error.message : String(error) };
    }
  }
}

function verdictOf({ requests, seconds, isShadow }: Window, count: number, nowMs: number): Verdict {
  const leftMs = seconds * 1000 - (nowMs % (seconds * 1000));
  return {
    isAllowed: isShadow || count <= requests,
    limit: { requests, remaining: Math.max(0, requests - count), resetMs: leftMs, retryMs: leftMs, windowSeconds: seconds },
  };
}

function scarcest(verdicts: readonly Verdict[]): Verdict {
  return verdicts.reduce((least, verdict) => ((verdict.limit?.remaining ?? 0) < (least.limit?.remaining ?? 0) ? verdict : least));
}

async function withTimeout<T>(promise: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
