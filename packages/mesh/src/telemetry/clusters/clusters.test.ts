/** What is told of clusters after real traffic, in the words of Prometheus and of `mesh stats`. */
import type { RequestListener, ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import type { ClusterPolicies } from '../../snapshot/cluster-policies.ts';
import type { Route } from '../../snapshot/snapshot.ts';
import { send, startBackend } from '../../testing/backend.ts';
import { meshForEachTest } from '../../testing/mesh-for-each-test.ts';
import { defaultOutlierDetection } from '../../testing/policies.ts';
import { forwardTo, routeFor, snapshotOf, snapshotTo, withPolicies } from '../../testing/snapshots.ts';
import { formatFamilies } from '../prometheus.ts';

const mesh = meshForEachTest();

/** What is not 0, by Envoy's name, of one cluster. */
function figures(name = 'outbound|80||web.default.svc.cluster.local'): Record<string, number> {
  const text = formatFamilies(mesh.proxy.telemetry.families(), 'prometheus');
  const lines = [
    ...text.matchAll(/^(?:envoy_cluster_|hikyaku_)(\w+)\{cluster_name="([^"]*)",envoy_cluster_name="\2"(.*)\} (\d+)$/gm),
  ];
  const own = lines
    .filter(([, , cluster]) => cluster === name)
    .map(([, figure = '', , more = '', value]) => [figure + more, Number(value)] as const);
  return Object.fromEntries(own.filter(([, value]) => value !== 0));
}

const dead = { address: '127.0.0.9', port: 1 };
const retry = (attempts: number, retryOn: string[]) => ({ retry: { attempts, retryOn, backoffMs: 1 } });

/** Answers with one status after the other. */
function answering(...statuses: number[]): RequestListener {
  return (_, response) => response.writeHead(statuses.shift() ?? 200).end();
}

describe('a cluster', () => {
  test('that nobody has called tells how many endpoints it has, and nothing else', async () => {
    await mesh.proxy.apply(snapshotOf([], { 'web.default:80': [dead], 'web.default:80/v1': [] }));
    expect(figures()).toEqual({ membership_total: 1, membership_healthy: 1 });
    const text = formatFamilies(mesh.proxy.telemetry.families(), 'prometheus');
    expect(text).toContain('envoy_cluster_membership_total{cluster_name="outbound|80|v1|web.default.svc.cluster.local",');
    expect(text).not.toContain('envoy_cluster_upstream');
  });

  test('that is called tells its requests and connections, under Envoy’s own names', async () => {
    await using backend = await startBackend((_, response) => response.end('ok'));
    await mesh.proxy.apply(snapshotTo([backend]));
    for (let round = 0; round < 3; round++) await send(mesh.port, '/');
    expect(figures()).toMatchObject({
      upstream_rq_total: 3,
      upstream_cx_total: 1,
      upstream_cx_active: 1,
      upstream_rq_pending_total: 1,
    });
    expect(figures()).not.toHaveProperty('upstream_rq_active');
    const plain = formatFamilies(mesh.proxy.telemetry.families(), 'prometheus');
    expect(plain).toContain('# TYPE envoy_cluster_upstream_rq_retry counter\n');
    expect(plain).not.toContain('upstream_rq_retry_total');
    const open = formatFamilies(mesh.proxy.telemetry.families(), 'openmetrics');
    expect(open).toContain('# TYPE envoy_cluster_upstream_cx counter\nenvoy_cluster_upstream_cx_total{');
    expect(open).toContain('# TYPE envoy_cluster_upstream_rq_retry unknown\n');
    expect(mesh.proxy.telemetry.clusterSummary()).toEqual([]);
  });

  test('tells what is under way while it is', async () => {
    let isHolding = true;
    const held: ServerResponse[] = [];
    await using backend = await startBackend((_, response) => {
      if (isHolding) held.push(response);
      else response.end();
    });
    await mesh.proxy.apply(withPolicies(snapshotTo([backend]), { connectionPool: { maxConnections: 1, maxPendingRequests: 1 } }));
    const sent = [send(mesh.port, '/')];
    // While its connection is being made, it is the one that waits.
    await expect.poll(figures).toMatchObject({ upstream_rq_active: 1 });
    sent.push(send(mesh.port, '/'));
    await expect.poll(figures).toMatchObject({
      upstream_rq_active: 1,
      upstream_rq_pending_active: 1,
      circuit_breakers_default_cx_open: 1,
      circuit_breakers_default_rq_pending_open: 1,
    });
    expect((await send(mesh.port, '/')).status).toBe(503);
    expect(figures()).toMatchObject({ upstream_rq_pending_overflow: 1, upstream_cx_overflow: 1, upstream_rq_total: 2 });
    expect(mesh.proxy.telemetry.clusterSummary()).toEqual([
      { cluster: 'default/web:80', refused: { upstream_rq_pending_overflow: 1, upstream_cx_overflow: 1 }, closed: [] },
    ]);
    isHolding = false;
    for (const response of held) response.end();
    expect((await Promise.all(sent)).map(({ status }) => status)).toEqual([200, 200]);
  });

  test('that has left the snapshot is told of no more', async () => {
    await using backend = await startBackend((_, response) => response.end('ok'));
    await mesh.proxy.apply(snapshotTo([backend]));
    await send(mesh.port, '/');
    await mesh.proxy.apply(snapshotOf([], {}));
    expect(figures()).toEqual({});
  });
});

describe('what goes wrong', () => {
  test.each<[string, RequestListener, Parameters<typeof forwardTo>[1], ClusterPolicies, Record<string, number>]>([
    ['a retry that helps', answering(503), retry(2, ['503']), {}, { upstream_rq_retry: 1, upstream_rq_retry_success: 1 }],
    [
      'retries that do not',
      answering(503, 503),
      retry(1, ['503']),
      {},
      { upstream_rq_retry: 1, upstream_rq_retry_limit_exceeded: 1 },
    ],
    [
      'a retry too many',
      answering(503),
      retry(1, ['503']),
      { connectionPool: { maxRetries: 0 } },
      { upstream_rq_retry_overflow: 1 },
    ],
    ['no answer in time', () => undefined, { timeoutMs: 20, ...retry(0, []) }, {}, { upstream_rq_timeout: 1 }],
    [
      'attempts without an answer in time',
      () => undefined,
      { retry: { attempts: 1, retryOn: ['reset'], perTryTimeoutMs: 20, backoffMs: 1 } },
      {},
      { upstream_rq_per_try_timeout: 2, upstream_rq_retry: 1, upstream_rq_retry_limit_exceeded: 1 },
    ],
    ['a request too many', () => undefined, {}, { connectionPool: { maxRequests: 0 } }, { upstream_rq_pending_overflow: 1 }],
  ])('%s', async (_, listener, change, policies, expected) => {
    await using backend = await startBackend(listener);
    await mesh.proxy.apply(withPolicies(snapshotTo([backend], change), policies));
    await send(mesh.port, '/');
    const besides = Object.entries(figures()).filter(([name]) => /^upstream_rq_(?!total|pending_total)/.test(name));
    expect(Object.fromEntries(besides)).toEqual(expected);
  });

  test('an endpoint that cannot be reached, and one that is not there', async () => {
    await mesh.proxy.apply(snapshotTo([dead], retry(1, [])));
    await send(mesh.port, '/');
    expect(figures()).toMatchObject({ upstream_cx_total: 2, upstream_cx_connect_fail: 2, upstream_rq_retry: 1 });
    expect(figures()).not.toHaveProperty('upstream_cx_connect_timeout');
    await mesh.proxy.apply(snapshotTo([]));
    await send(mesh.port, '/');
    expect(figures()).toMatchObject({ upstream_cx_none_healthy: 1 });
  });

  test('over HTTP/2 as well', async () => {
    const snapshot = snapshotTo([dead], retry(0, []));
    const [[key, cluster] = ['', undefined]] = Object.entries(snapshot.clusters);
    await mesh.proxy.apply({ ...snapshot, clusters: cluster === undefined ? {} : { [key]: { ...cluster, protocol: 'http2' } } });
    await send(mesh.port, '/');
    expect(figures()).toMatchObject({ upstream_cx_total: 1, upstream_cx_connect_fail: 1 });
  });

  test('ejections: now, ever, and why', async () => {
    await using bad = await startBackend((_, response) => response.writeHead(500).end());
    await using good = await startBackend((_, response) => response.end());
    const outlierDetection = {
      ...defaultOutlierDetection,
      consecutive5xxErrors: 1,
      maxEjectionPercent: 50,
      baseEjectionMs: 60_000,
    };
    const before = Date.now();
    await mesh.proxy.apply(withPolicies(snapshotTo([bad, good]), { loadBalancer: { kind: 'ROUND_ROBIN' }, outlierDetection }));
    for (let round = 0; round < 2; round++) await send(mesh.port, '/');
    expect(figures()).toMatchObject({
      membership_total: 2,
      membership_healthy: 1,
      outlier_detection_ejections_active: 1,
      outlier_detection_ejections_enforced_total: 1,
      outlier_detection_ejections_detected_consecutive_5xx: 1,
      outlier_detection_ejections_enforced_consecutive_5xx: 1,
    });
    const [{ refused, closed } = { refused: {}, closed: [] }] = mesh.proxy.telemetry.clusterSummary();
    expect(refused).toEqual({ outlier_detection_ejections_enforced_total: 1 });
    expect(closed).toMatchObject([
      { endpoint: `127.0.0.1:${bad.port}`, reason: 'ejected', ejection: { times: 1 }, seenBy: 'the proxy' },
    ]);
    const { sinceMs, untilMs } = closed[0]?.ejection ?? { sinceMs: 0, untilMs: 0 };
    expect(sinceMs).toBeGreaterThan(before - 1_000);
    expect(untilMs - sinceMs).toBe(60_000);
  });

  test('copies that are given up, by the reason', async () => {
    await using backend = await startBackend((_, response) => response.end());
    const mirrored: Route = {
      ...routeFor('/', forwardTo('web.default:80')),
      policies: { mirrors: ['dead', 'empty', 'full', 'fine'].map((name) => ({ cluster: `${name}.default:80`, percent: 100 })) },
    };
    const snapshot = snapshotOf([mirrored], {
      ...{ 'web.default:80': [backend], 'dead.default:80': [dead], 'empty.default:80': [] },
      ...{ 'full.default:80': [backend], 'fine.default:80': [backend] },
    });
    const full = snapshot.clusters['full.default:80'];
    if (full !== undefined) full.connectionPool = { maxRequests: 0 };
    await mesh.proxy.apply(snapshot);
    await send(mesh.port, '/');
    const of = (name: string) => figures(`outbound|80||${name}.default.svc.cluster.local`);
    await expect
      .poll(() => of('dead'))
      .toMatchObject({ mirror_requests_total: 1, 'mirror_requests_lost_total,reason="failed"': 1 });
    expect(of('empty')).toMatchObject({ 'mirror_requests_lost_total,reason="no_endpoint"': 1 });
    expect(of('full')).toMatchObject({ 'mirror_requests_lost_total,reason="overflow"': 1 });
    expect(of('fine')).toMatchObject({ mirror_requests_total: 1, upstream_rq_total: 1 });
    expect(mesh.proxy.telemetry.clusterSummary().map(({ cluster }) => cluster)).not.toContain('default/fine:80');
  });
});
