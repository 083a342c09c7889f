/**
 * One local rate limit with its buckets: Envoy's local_ratelimit. Everything is in this process, so it answers at once.
 */
import type { DescriptorEntry, LocalRateLimit } from '../snapshot/protection.ts';
import { compileDescriptors } from './descriptors.ts';
import type { CountedRequest, Descriptor, DescriptorsOf } from './descriptors.ts';
import { TokenBucket } from './token-bucket.ts';
import { allowed } from './verdict.ts';
import type { Verdict } from './verdict.ts';

export interface LocalLimiterOptions {
  limit: LocalRateLimit;
  /** Monotonic, in milliseconds. */
  now?: () => number;
  /** Uniform in [0, 1). */
  random?: () => number;
}

export class LocalLimiter {
  readonly limit: LocalRateLimit;
  readonly #now: () => number;
  readonly #random: () => number;
  readonly #default: TokenBucket | undefined;
  readonly #own: DescriptorsOf | undefined;
  /** For each descriptor of the configuration, by the values that requests had for it; the longest unused first. */
  readonly #clients: Map<string, TokenBucket>[];

  constructor({ limit, now = () => performance.now(), random = Math.random }: LocalLimiterOptions) {
    this.limit = limit;
    this.#now = now;
    this.#random = random;
    this.#default = limit.bucket && new TokenBucket(limit.bucket, now());
    this.#own = limit.ownDescriptors && compileDescriptors(limit.ownDescriptors);
    this.#clients = limit.descriptors.map(() => new Map<string, TokenBucket>());
  }

  /** Counts the request. `descriptorsOf` is what it counts as by its route. */
  check(request: CountedRequest, descriptorsOf: DescriptorsOf | undefined): Verdict {
    const { enabledPercent, enforcedPercent, descriptors, alwaysCountsDefault } = this.limit;
    if (!this.#isHit(enabledPercent)) return allowed;
    const nowMs = this.#now();
    const used = descriptors.length === 0 ? [] : this.#matching((this.#own ?? descriptorsOf)?.(request) ?? [], nowMs);
    if (this.#default !== undefined && (used.length === 0 || alwaysCountsDefault)) used.push(this.#default);
    const empty = used.find((bucket) => !bucket.take(nowMs));
    const verdict = verdictOf(empty ?? scarcest(used, nowMs), empty === undefined, nowMs);
    return verdict.isAllowed || this.#isHit(enforcedPercent) ? verdict : { ...verdict, isAllowed: true };
  }

  #isHit(percent: number): boolean {
    return percent >= 100 || this.#random() * 100 < percent;
  }

  #matching(descriptors: readonly Descriptor[], nowMs: number): TokenBucket[] {
    return this.limit.descriptors.flatMap(({ entries, bucket }, index) => {
      const found = descriptors.find((descriptor) => isLike(descriptor, entries));
      const clients = this.#clients[index];
      if (found === undefined || clients === undefined) return [];
      const key = found.map(({ value }) => value).join('\n');
      const known = clients.get(key) ?? new TokenBucket(bucket, nowMs);
      clients.delete(key);
      clients.set(key, known);
      if (clients.size > this.limit.maxClients) clients.delete(clients.keys().next().value ?? '');
      return [known];
    });
  }
}

function isLike(descriptor: Descriptor, entries: readonly DescriptorEntry[]): boolean {
  return (
    descriptor.length === entries.length &&
    entries.every(
      ({ key, value }, index) => descriptor[index]?.key === key && (value === undefined || descriptor[index].value === value),
    )
  );
}

function scarcest(buckets: readonly TokenBucket[], nowMs: number): TokenBucket | undefined {
  if (buckets.length <= 1) return buckets[0];
  return buckets.reduce((least, bucket) => (bucket.remaining(nowMs) < least.remaining(nowMs) ? bucket : least));
}

function verdictOf(bucket: TokenBucket | undefined, isAllowed: boolean, nowMs: number): Verdict {
  if (bucket === undefined) return allowed;
  return {
    isAllowed,
    limit: {
      requests: bucket.settings.maxTokens,
      remaining: bucket.remaining(nowMs),
      resetMs: bucket.fullMs(nowMs),
      retryMs: bucket.nextTokenMs(nowMs),
    },
  };
}
