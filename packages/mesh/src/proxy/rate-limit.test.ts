import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { compile } from '../snapshot/compile.ts';
import type { MeshResources } from '../snapshot/compile.ts';
import { send, startBackend } from '../testing/backend.ts';
import type { Backend } from '../testing/backend.ts';
import { bucket, envoyFilter, localRateLimitPatch, webBehindGateway } from '../testing/policies.ts';
import { labelledPod, virtualService } from '../testing/resources.ts';
import { MeshProxy } from './proxy.ts';

let proxy: MeshProxy;
let port: number;
let backend: Backend;

beforeEach(async () => {
  proxy = new MeshProxy({ gatewayPort: 0 });
  port = await proxy.listen();
  backend = await startBackend((_, response) => response.end('ok'));
});

afterEach(async () => {
  await proxy.close(0);
  await backend[Symbol.asyncDispose]();
});

async function apply(more: Partial<MeshResources>): Promise<string[]> {
  const snapshot = compile(webBehindGateway(backend, more));
  await proxy.apply(snapshot);
  return snapshot.warnings;
}

async function statuses(count: number, path = '/', headers: Record<string, string> = {}): Promise<number[]> {
  const found: number[] = [];
  for (let index = 0; index < count; index++) found.push((await send(port, path, { headers })).status);
  return found;
}

/** Istio's way to limit by a header: what a request counts as, and a bucket for each value. */
function perHeader(header: string, tokens: number) {
  return [
    localRateLimitPatch({
      token_bucket: bucket(1000),
      descriptors: [{ entries: [{ key: 'client' }], token_bucket: bucket(tokens) }],
    }),
    {
      applyTo: 'VIRTUAL_HOST' as const,
      match: { context: 'GATEWAY' as const },
      patch: {
        operation: 'MERGE' as const,
        value: { rate_limits: [{ actions: [{ request_headers: { header_name: header, descriptor_key: 'client' } }] }] },
      },
    },
  ];
}

describe('a local rate limit at the gateway', () => {
  test('lets as many through as its bucket holds, and tells the next how long to wait', async () => {
    const config = {
      token_bucket: bucket(2, '3600s'),
      response_headers_to_add: [{ header: { key: 'x-local-rate-limit', value: 'true' } }],
    };
    expect(await apply({ envoyFilters: [envoyFilter('limit', [localRateLimitPatch(config)])] })).toEqual([]);
    expect(await statuses(2)).toEqual([200, 200]);
    const refused = await send(port, '/');
    expect(refused.status).toBe(429);
    expect(refused.headers).toMatchObject({
      'x-hikyaku-reason': 'rate_limited',
      'x-ratelimit-limit': '2',
      'x-ratelimit-remaining': '0',
      'x-local-rate-limit': 'true',
      'content-type': 'application/problem+json',
    });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(1700);
    expect(Number(refused.headers['x-ratelimit-reset'])).toBeGreaterThan(3500);
  });

  test('tells callers within the limit what is left when asked to', async () => {
    const config = { token_bucket: bucket(5), enable_x_ratelimit_headers: 'DRAFT_VERSION_03' };
    await apply({ envoyFilters: [envoyFilter('limit', [localRateLimitPatch(config)])] });
    const reply = await send(port, '/');
    expect(reply).toMatchObject({ status: 200, headers: { 'x-ratelimit-limit': '5', 'x-ratelimit-remaining': '4' } });
  });

  test('counts on across snapshots, and anew when it is written otherwise', async () => {
    const limit = (tokens: number) => ({
      envoyFilters: [envoyFilter('limit', [localRateLimitPatch({ token_bucket: bucket(tokens) })])],
    });
    await apply(limit(2));
    expect(await statuses(1)).toEqual([200]);
    await apply(limit(2));
    expect(await statuses(2)).toEqual([200, 429]);
    await apply(limit(1));
    expect(await statuses(2)).toEqual([200, 429]);
  });

  test('counts each client on its own where the descriptor has no value', async () => {
    expect(await apply({ envoyFilters: [envoyFilter('limit', perHeader('x-api-key', 2))] })).toEqual([]);
    expect(await statuses(3, '/', { 'x-api-key': 'a' })).toEqual([200, 200, 429]);
    expect(await statuses(2, '/', { 'x-api-key': 'b' })).toEqual([200, 200]);
    expect(await statuses(4)).toEqual([200, 200, 200, 200]);
  });

  test('may be for one route only', async () => {
    const forRoute = {
      applyTo: 'HTTP_ROUTE' as const,
      match: { context: 'GATEWAY' as const, routeConfiguration: { vhost: { name: '*:8080', route: { name: 'api' } } } },
      patch: {
        operation: 'MERGE' as const,
        value: {
          typed_per_filter_config: {
            'envoy.filters.http.local_ratelimit': localRateLimitPatch({ token_bucket: bucket(1) }).patch.value.typed_config,
          },
        },
      },
    };
    const route = [{ destination: { host: 'web' } }];
    await apply({
      virtualServices: [
        virtualService('web', {
          gateways: ['public'],
          http: [
            { name: 'api', match: [{ uri: { prefix: '/api' } }], route },
            { name: 'rest', route },
          ],
        }),
      ],
      envoyFilters: [envoyFilter('limit', [localRateLimitPatch({ stat_prefix: 'x' }), forRoute])],
    });
    expect(await statuses(2, '/api')).toEqual([200, 429]);
    expect(await statuses(3, '/other')).toEqual([200, 200, 200]);
  });

  test('says what it does not carry out', async () => {
    const warnings = await apply({
      envoyFilters: [
        envoyFilter('odd', [
          { applyTo: 'CLUSTER', match: { context: 'GATEWAY' }, patch: { operation: 'MERGE', value: {} } },
          {
            applyTo: 'HTTP_FILTER',
            match: { context: 'GATEWAY' },
            patch: { operation: 'INSERT_FIRST', value: { name: 'envoy.filters.http.lua' } },
          },
          { applyTo: 'HTTP_FILTER', match: { context: 'SIDECAR_OUTBOUND' }, patch: { operation: 'INSERT_FIRST', value: {} } },
          localRateLimitPatch({ token_bucket: bucket(1), filter_enforced: undefined }),
        ]),
      ],
    });
    expect(warnings).toEqual([
      'EnvoyFilter istio-system/odd, patch 1: CLUSTER with MERGE is not carried out: only rate limits are, as filters and in routes',
      'EnvoyFilter istio-system/odd, patch 2: the filter envoy.filters.http.lua is not carried out: only rate limits are',
      'EnvoyFilter istio-system/odd, patch 3: the context SIDECAR_OUTBOUND is not carried out yet: only GATEWAY and SIDECAR_INBOUND are',
      'EnvoyFilter istio-system/odd, patch 4: filter_enabled or filter_enforced is absent or 0, which Envoy reads as 0 %: nothing is refused',
    ]);
    expect(await statuses(3)).toEqual([200, 200, 200]);
  });
});

test('a local rate limit of a workload holds for what the gateway sends there', async () => {
  const pods = [labelledPod('web-1', { app: 'web' })];
  const patch = localRateLimitPatch({ token_bucket: bucket(1) }, 'SIDECAR_INBOUND');
  expect(await apply({ pods, envoyFilters: [envoyFilter('limit', [patch], { app: 'web' })] })).toEqual([]);
  expect(await statuses(2)).toEqual([200, 429]);
});
