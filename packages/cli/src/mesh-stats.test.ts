import type { EdgeSummary } from '@hikyaku/mesh';
import { expect, test } from 'vitest';
import { formatEdges } from './mesh-stats.ts';

const edge = (change: Partial<EdgeSummary> = {}): EdgeSummary => ({
  source: 'istio-ingressgateway',
  service: 'shop/order-service',
  workload: 'shop/order-service',
  version: 'v1',
  requests: 200,
  failed: 1,
  retries: 3,
  latencyMs: { p50: 2.25, p95: 8, p99: 41.6 },
  ends: { '503 UH': 1, '200': 199 },
  ...change,
});

test('totals, the most frequent end first', () => {
  expect(formatEdges([edge()])).toBe(
    `SOURCE                 DESTINATION          VERSION   REQUESTS   SUCCESS   P50      P95      P99     RETRIES   ENDED AS
istio-ingressgateway   shop/order-service   v1        200        99.50 %   2.3 ms   8.0 ms   42 ms   3         200 × 199, 503 UH × 1`,
  );
});

test('rates and success since the look before', () => {
  const before = { edges: [edge({ requests: 100, failed: 1 })], seconds: 2 };
  expect(formatEdges([edge()], before)).toMatch(/ 50\.0\/s +100 % /);
});

test('a proxy that began anew counts from its start', () => {
  expect(formatEdges([edge({ requests: 10, failed: 5 })], { edges: [edge()], seconds: 2 })).toMatch(/ 5\.0\/s +50\.00 % /);
});

test('connections that are carried as bytes have a table of their own', () => {
  const tcp = { opened: 12, closed: 2, sentBytes: 1_234_567, receivedBytes: 999 };
  expect(formatEdges([edge({ service: 'shop/postgres', requests: 0, tcp })])).toMatch(/shop\/postgres +12 +10 +1\.2 MB +999 B$/);
});

test('nothing is said to be nothing', () => {
  expect(formatEdges([edge({ requests: 0 })])).toBe('no traffic yet');
});
