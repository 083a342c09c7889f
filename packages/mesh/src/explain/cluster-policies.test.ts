import { expect, test } from 'vitest';
import type { ClusterPolicies } from '../snapshot/cluster-policies.ts';
import { describePolicies } from './cluster-policies.ts';
import { defaultOutlierDetection as outlierDetection } from '../testing/policies.ts';

test.each<[ClusterPolicies, string[]]>([
  [{}, []],
  [{ loadBalancer: { kind: 'ROUND_ROBIN' } }, ['endpoints by ROUND_ROBIN']],
  [
    { loadBalancer: { kind: 'RING_HASH', key: { by: 'cookie', name: 'sid', ttlMs: 0 }, minimumRingSize: 1024 } },
    ['the same endpoint for the same cookie sid, given to callers that have none (ring hash)'],
  ],
  [
    { loadBalancer: { kind: 'MAGLEV', key: { by: 'source-ip' }, tableSize: 101 } },
    ['the same endpoint for the same address of the caller (maglev)'],
  ],
  [
    { warmup: { durationMs: 60_000, minimumPercent: 10, aggression: 1 }, minHealthPercent: 50 },
    ['new endpoints warm up over 60 s, from 10 %', 'all endpoints are used when fewer than 50 % are well'],
  ],
  [
    { connectionPool: { maxConnections: 4, maxPendingRequests: 2, connectTimeoutMs: 1 } },
    ['at most 4 connections, 2 waiting requests'],
  ],
  [{ connectionPool: { connectTimeoutMs: 1 } }, []],
  [
    { connectionPool: { maxConcurrentStreams: 5, useClientProtocol: true } },
    ['at most 5 requests at a time on a connection of HTTP/2', 'endpoints are asked in what the caller speaks'],
  ],
  [{ loadBalancer: { kind: 'PASSTHROUGH' } }, ['any endpoint (PASSTHROUGH): only the Service that was called is asked']],
  [{ tls: { isVerified: true } }, ['encrypted, asking for the host of the request']],
  [
    {
      tls: {
        isVerified: false,
        sni: 'a.test',
        subjectAltNames: ['b', 'c'],
        client: { certificate: { pem: 'SECRET' }, key: { pem: 'SECRET' } },
      },
    },
    ['encrypted, asking for a.test, which has to be b or c, showing a certificate, whoever answers'],
  ],
  [
    { tls: { isVerified: true, unusable: 'there is no Secret' } },
    ['no connection is made, because it would have to be encrypted: there is no Secret'],
  ],
  [{ retryBudget: { percent: 20, minRetryConcurrency: 3 } }, ['retries under way: 20 % of the requests, or 3']],
  [{ outlierDetection }, ['ejected after 5 5xx in a row, for 30 s and longer, at most 10 %']],
  [{ locality: { kind: 'failover', failover: [{ from: 'us', to: 'eu' }] } }, ['nearest first, us then eu']],
])('%j', (policies, lines) => {
  expect(describePolicies(policies)).toEqual(lines);
});
