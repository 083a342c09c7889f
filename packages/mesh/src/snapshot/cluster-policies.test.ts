import type { TrafficPolicy } from '@hikyaku/resources';
import { describe, expect, test } from 'vitest';
import { destinationRule, service } from '../testing/resources.ts';
import type { ClusterPolicies } from './cluster-policies.ts';
import { compile } from './compile.ts';
import { defaultOutlierDetection as outlierDetection } from '../testing/policies.ts';

/** What else a cluster has. */
const about = ['service', 'endpoints', 'unavailable'];

function compiled(trafficPolicy: TrafficPolicy, annotations: Record<string, string> = {}) {
  const rule = destinationRule('web', { trafficPolicy });
  const { clusters, warnings } = compile({
    services: [service('web')],
    endpointSlices: [],
    pods: [],
    gateways: [],
    virtualServices: [],
    destinationRules: [{ ...rule, metadata: { ...rule.metadata, annotations } }],
  });
  const policies = Object.entries(clusters['web.default:80'] ?? {}).filter(([name]) => !about.includes(name));
  return {
    policies: Object.fromEntries(policies),
    warnings: warnings.map((warning) => warning.replace('DestinationRule default/web: ', '')),
  };
}

const byUser = { by: 'header', name: 'x-user' } as const;

test.each<[TrafficPolicy, ClusterPolicies]>([
  [{}, {}],
  [{ loadBalancer: { simple: 'LEAST_REQUEST' } }, {}],
  [{ loadBalancer: { simple: 'RANDOM' } }, { loadBalancer: { kind: 'RANDOM' } }],
  [
    { loadBalancer: { consistentHash: { httpHeaderName: 'X-User' } } },
    { loadBalancer: { kind: 'RING_HASH', key: byUser, minimumRingSize: 1024 } },
  ],
  [
    { loadBalancer: { consistentHash: { httpHeaderName: 'X-User', maglev: {} } } },
    { loadBalancer: { kind: 'MAGLEV', key: byUser, tableSize: 65_537 } },
  ],
  [
    { loadBalancer: { consistentHash: { httpCookie: { name: 'sid', path: '/', ttl: '0s' }, ringHash: { minimumRingSize: 8 } } } },
    { loadBalancer: { kind: 'RING_HASH', key: { by: 'cookie', name: 'sid', path: '/', ttlMs: 0 }, minimumRingSize: 8 } },
  ],
  [
    { loadBalancer: { consistentHash: { useSourceIp: true, maglev: { tableSize: 101 } } } },
    { loadBalancer: { kind: 'MAGLEV', key: { by: 'source-ip' }, tableSize: 101 } },
  ],
  [
    { loadBalancer: { consistentHash: { httpQueryParameterName: 'user' } } },
    { loadBalancer: { kind: 'RING_HASH', key: { by: 'query', name: 'user' }, minimumRingSize: 1024 } },
  ],
  [
    { loadBalancer: { warmup: { duration: '1m', aggression: 2 } } },
    { warmup: { durationMs: 60_000, minimumPercent: 10, aggression: 2 } },
  ],
  [
    { connectionPool: { tcp: { maxConnections: 3, connectTimeout: '1s' }, http: { maxRetries: 2, http1MaxPendingRequests: 0 } } },
    { connectionPool: { maxConnections: 3, connectTimeoutMs: 1000, maxRetries: 2 } },
  ],
  [
    {
      connectionPool: {
        tcp: { tcpKeepalive: { time: '2h', probes: 4 }, maxConnectionDuration: '1h', idleTimeout: '0s' },
        http: { http1MaxPendingRequests: 1, http2MaxRequests: 9, maxRequestsPerConnection: 1, idleTimeout: '5m' },
      },
    },
    {
      connectionPool: {
        tcpKeepalive: { timeMs: 7_200_000, probes: 4 },
        maxConnectionDurationMs: 3_600_000,
        tcpIdleTimeoutMs: 0,
        maxPendingRequests: 1,
        maxRequests: 9,
        maxRequestsPerConnection: 1,
        idleTimeoutMs: 300_000,
      },
    },
  ],
  [{ connectionPool: { http: { h2UpgradePolicy: 'UPGRADE' } } }, { connectionPool: { h2Upgrade: true } }],
  [
    { connectionPool: { http: { h2UpgradePolicy: 'UPGRADE', useClientProtocol: true } } },
    { connectionPool: { useClientProtocol: true } },
  ],
  [{ outlierDetection: {} }, { outlierDetection }],
  [
    { outlierDetection: { consecutive5xxErrors: 0, consecutiveGatewayErrors: 3, interval: '1s', baseEjectionTime: '2s' } },
    {
      outlierDetection: {
        ...outlierDetection,
        consecutive5xxErrors: 0,
        consecutiveGatewayErrors: 3,
        intervalMs: 1000,
        baseEjectionMs: 2000,
      },
    },
  ],
  [
    { outlierDetection: { maxEjectionPercent: 100, minHealthPercent: 40 } },
    { outlierDetection: { ...outlierDetection, maxEjectionPercent: 100 }, minHealthPercent: 40 },
  ],
  [{ retryBudget: {} }, { retryBudget: { percent: 20, minRetryConcurrency: 3 } }],
  [
    { retryBudget: { percent: 0, minRetryConcurrency: 1 }, portLevelSettings: [{ port: { number: 80 } }] },
    { retryBudget: { percent: 0, minRetryConcurrency: 1 } },
  ],
])('%j', (trafficPolicy, policies) => {
  expect(compiled(trafficPolicy)).toEqual({ policies, warnings: [] });
});

describe('what is named', () => {
  test.each<[TrafficPolicy, ClusterPolicies, string]>([
    [{ loadBalancer: { simple: 'LEAST_CONN' } }, {}, 'LEAST_CONN is deprecated, LEAST_REQUEST is its name now'],
    [{ loadBalancer: { consistentHash: {} } }, {}, 'consistentHash says nothing to hash by, LEAST_REQUEST holds'],
    [
      { loadBalancer: { consistentHash: { httpHeaderName: 'x-user', minimumRingSize: 16 } } },
      { loadBalancer: { kind: 'RING_HASH', key: byUser, minimumRingSize: 16 } },
      'consistentHash.minimumRingSize is deprecated, use ringHash.minimumRingSize',
    ],
    [
      { loadBalancer: { consistentHash: { httpHeaderName: 'x-user', maglev: { tableSize: 100 } } } },
      { loadBalancer: { kind: 'MAGLEV', key: byUser, tableSize: 65_537 } },
      'maglev.tableSize must be a prime of at most 5000011, not 100: 65537 holds',
    ],
    [
      { loadBalancer: { warmupDurationSecs: '30s' } },
      { warmup: { durationMs: 30_000, minimumPercent: 10, aggression: 1 } },
      'warmupDurationSecs is deprecated, use warmup.duration',
    ],
    [
      { loadBalancer: { simple: 'RANDOM', warmup: { duration: '30s' } } },
      { loadBalancer: { kind: 'RANDOM' } },
      'warm-up works with ROUND_ROBIN and LEAST_REQUEST only',
    ],
    [
      { loadBalancer: { localityLbSetting: { failover: [{ from: 'us', to: 'eu' }] } } },
      {},
      'failover between localities needs outlierDetection beside it, and has no effect without',
    ],
    [
      { outlierDetection: { consecutiveErrors: 7 } },
      { outlierDetection: { ...outlierDetection, consecutive5xxErrors: 0, consecutiveGatewayErrors: 7 } },
      'outlierDetection.consecutiveErrors is deprecated; it counts as consecutiveGatewayErrors, and 500s no longer eject',
    ],
    [{ connectionPool: { tcp: { idleTimeout: 'soon' } } }, {}, 'tcp.idleTimeout: "soon" is no duration'],
  ])('%j', (trafficPolicy, policies, warning) => {
    expect(compiled(trafficPolicy)).toEqual({ policies, warnings: [warning] });
  });

  test('an annotation chooses least response time, and any other value is named', () => {
    expect(compiled({}, { 'hikyaku.dev/load-balancer': 'least-response-time' })).toEqual({
      policies: { loadBalancer: { kind: 'LEAST_RESPONSE_TIME' } },
      warnings: [],
    });
    expect(compiled({}, { 'hikyaku.dev/load-balancer': 'fastest' })).toEqual({
      policies: {},
      warnings: ['the annotation hikyaku.dev/load-balancer knows least-response-time only, not fastest'],
    });
  });
});
