import { beforeEach, expect, test } from 'vitest';
import { ClusterStats } from './cluster-stats.ts';
import type { ClusterReport } from './report.ts';

const key = 'web.default:80';
let stats: ClusterStats;

beforeEach(() => {
  stats = new ClusterStats();
  stats.own = () => [
    [key, { counters: { upstream_rq_total: 5 }, gauges: { membership_total: 3, upstream_rq_active: 1 }, closed: [] }],
  ];
});

function told(report: Partial<ClusterReport>) {
  return { address: '127.16.0.1', clusters: { [key]: { counters: {}, gauges: {}, closed: [], ...report } } };
}

const merged = () => stats.merged().get(key);

test('what callers tell is added to what the proxy sees', () => {
  const [one, two] = [{}, {}];
  stats.tell(one, told({ counters: { upstream_rq_total: 2, upstream_rq_retry: 1 }, gauges: { upstream_rq_active: 1 } }));
  stats.tell(two, told({ counters: { upstream_rq_total: 3 }, gauges: { circuit_breakers_default_rq_open: 1 } }));
  stats.tell(two, told({ counters: { upstream_rq_total: 4 }, gauges: { circuit_breakers_default_rq_open: 1 } }));
  expect(merged()).toEqual({
    counters: { upstream_rq_total: 14, upstream_rq_retry: 1 },
    gauges: { membership_total: 3, upstream_rq_active: 2, circuit_breakers_default_rq_open: 1 },
    closed: [],
  });
});

test('a limit that two callers have reached is reached once', () => {
  for (const caller of [{}, {}]) stats.tell(caller, told({ gauges: { circuit_breakers_default_rq_open: 1 } }));
  expect(merged()?.gauges.circuit_breakers_default_rq_open).toBe(1);
});

test('of a caller that has gone, what it has counted stays, and what it had going on does not', () => {
  const caller = {};
  const closed = [{ endpoint: '127.16.0.2:80', reason: 'unhealthy' as const }];
  stats.tell(caller, told({ counters: { upstream_rq_total: 2 }, gauges: { upstream_rq_active: 1 }, closed }));
  expect(merged()?.closed).toEqual(closed);
  stats.gone(caller);
  expect(merged()).toMatchObject({ counters: { upstream_rq_total: 7 }, gauges: { upstream_rq_active: 1 }, closed: [] });
});

test('clusters that the proxy does not have are forgotten', () => {
  const caller = {};
  const { own } = stats;
  stats.own = () => [];
  stats.tell(caller, told({ counters: { upstream_rq_total: 2 } }));
  expect(stats.merged()).toEqual(new Map());
  stats.gone(caller);
  stats.own = own;
  expect(merged()?.counters).toEqual({ upstream_rq_total: 5 });
});
