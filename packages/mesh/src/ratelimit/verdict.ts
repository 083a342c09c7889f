/**
 * What a limiter says of a request, and how callers are told (draft-polli-ratelimit-headers-03, Retry-After of RFC 9110 §10.2.3).
 */
export interface Verdict {
  isAllowed: boolean;
  /** Of the limit that is nearest to being reached; absent when none applies. */
  limit?: {
    requests: number;
    remaining: number;
    /** Until the limit is as if never used. */
    resetMs: number;
    /** Until the next request may pass. */
    retryMs: number;
    /** Of a fixed window. */
    windowSeconds?: number;
  };
}

export const allowed: Verdict = { isAllowed: true };

export function limitHeaders({ limit }: Verdict): [string, string][] {
  if (limit === undefined) return [];
  const { requests, remaining, resetMs, windowSeconds } = limit;
  return [
    ['x-ratelimit-limit', windowSeconds === undefined ? String(requests) : `${requests}, ${requests};w=${windowSeconds}`],
    ['x-ratelimit-remaining', String(remaining)],
    ['x-ratelimit-reset', wholeSeconds(resetMs)],
  ];
}

/** At least 1: 0 would invite to try again at once. */
export function retryAfter({ limit }: Verdict): string {
  return String(Math.max(1, Math.ceil((limit?.retryMs ?? 1000) / 1000)));
}

function wholeSeconds(milliseconds: number): string {
  return String(Math.ceil(milliseconds / 1000));
}
