import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ClusterReports } from '../telemetry/clusters/cluster-stats.ts';
import type { ClusterReport } from '../telemetry/clusters/report.ts';
import { ClusterReporter } from './cluster-reports.ts';

const membership = { membership_total: 2, membership_healthy: 2 };
let report: ClusterReport;
let told: ClusterReports[];
let isServed: boolean;
let reporter: ClusterReporter;

beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  isServed = true;
  report = { counters: {}, gauges: membership, closed: [] };
  reporter = new ClusterReporter({
    reports: () => [['web', report]],
    tell: (clusters) => {
      if (isServed) told.push(clusters);
      return isServed;
    },
  });
});
afterEach(() => void vi.useRealTimers());

const counted = (upstream_rq_total: number, upstream_cx_active = 0): ClusterReport => {
  return { counters: { upstream_rq_total }, gauges: { ...membership, upstream_cx_active }, closed: [] };
};

test('what came since is told every second while something is going on, and at the end that there is nothing', () => {
  report = counted(2, 1);
  reporter.wake();
  reporter.wake();
  vi.advanceTimersByTime(1_000);
  expect(told).toEqual([{ web: { counters: { upstream_rq_total: 2 }, gauges: { upstream_cx_active: 1 }, closed: [] } }]);
  vi.advanceTimersByTime(1_000);
  expect(told.at(-1)).toEqual({ web: { counters: {}, gauges: { upstream_cx_active: 1 }, closed: [] } });
  report = counted(3);
  vi.advanceTimersByTime(1_000);
  expect(told.at(-1)).toEqual({ web: { counters: { upstream_rq_total: 1 }, gauges: {}, closed: [] } });
  vi.advanceTimersByTime(1_000);
  expect(told.at(-1)).toEqual({});
  expect(vi.getTimerCount()).toBe(0);
  expect(told).toHaveLength(4);
});

test('an endpoint that is ejected keeps it telling', () => {
  report = { ...counted(1), closed: [{ endpoint: '127.16.0.2:80', reason: 'unhealthy' }] };
  reporter.wake();
  vi.advanceTimersByTime(3_000);
  expect(told).toHaveLength(3);
  expect(vi.getTimerCount()).toBe(1);
});

test('what was lost is told again', () => {
  isServed = false;
  report = counted(2);
  reporter.wake();
  vi.advanceTimersByTime(2_000);
  isServed = true;
  vi.advanceTimersByTime(1_000);
  expect(told).toEqual([{ web: { counters: { upstream_rq_total: 2 }, gauges: {}, closed: [] } }]);
});

test('nothing that happened is nothing to tell', () => {
  reporter.wake();
  vi.advanceTimersByTime(1_000);
  expect(told).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});
