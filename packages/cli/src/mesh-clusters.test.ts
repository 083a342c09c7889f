import { expect, test } from 'vitest';
import { formatClusters } from './mesh-clusters.ts';

const nowMs = Date.UTC(2026, 10, 21, 12);

test('endpoints that get no requests: since when, for how long, how often, and for whom', () => {
  const ejected = {
    endpoint: '127.22.30.142:8080',
    reason: 'ejected',
    ejection: { sinceMs: nowMs - 12_300, untilMs: nowMs + 47_700, times: 3 },
    seenBy: 'shop/order-service',
  } as const;
  const unhealthy = { endpoint: '127.22.30.143:8080', reason: 'unhealthy', seenBy: 'the proxy' } as const;
  expect(formatClusters([{ cluster: 'shop/inventory:8080 v1', refused: {}, closed: [ejected, unhealthy] }], nowMs)).toBe(
    `CLUSTER                  ENDPOINT             STATE                 SINCE      TIMES   SEEN BY
shop/inventory:8080 v1   127.22.30.142:8080   ejected, 48 s to go   12 s ago   3       shop/order-service
shop/inventory:8080 v1   127.22.30.143:8080   unhealthy             -          -       the proxy`,
  );
});

test('an ejection whose time is over ends at the next look', () => {
  const ejection = { sinceMs: nowMs - 61_000, untilMs: nowMs - 1_000, times: 1 };
  const closed = [{ endpoint: '127.22.30.142:8080', reason: 'ejected', ejection, seenBy: 'the proxy' } as const];
  expect(formatClusters([{ cluster: 'web', refused: {}, closed }], nowMs)).toMatch(/ ejected +61 s ago +1 +the proxy$/);
});

test('what was refused, in words', () => {
  const refused = { upstream_rq_pending_overflow: 12, mirror_lost_too_slow: 2 };
  expect(formatClusters([{ cluster: 'shop/payment:8080', refused, closed: [] }], nowMs)).toBe(
    `CLUSTER             REFUSED
shop/payment:8080   requests beyond the limits × 12, copies that were taken too slowly × 2`,
  );
});

test('nothing is said of nothing', () => {
  expect(formatClusters([], nowMs)).toBeUndefined();
});
