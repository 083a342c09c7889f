import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConfigMap, EnvoyFilter, Pod, Resource, Service, VirtualService } from '@hikyaku/resources';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { compile } from '../snapshot/compile.ts';
import { formatFamilies } from '../telemetry/prometheus.ts';
import { send, startBackend } from '../testing/backend.ts';
import type { Backend } from '../testing/backend.ts';
import { webBehindGateway } from '../testing/policies.ts';
import { hasRedis, sayWhenRedisIsMissing, startRedis } from '../testing/redis.ts';
import { endpointSlice, service } from '../testing/resources.ts';
import { MeshProxy } from './proxy.ts';

sayWhenRedisIsMissing();

/** The example's own manifests, which have the form of Istio's task "Enabling Rate Limits using Envoy". */
const example = ['deploy/10-hello.yaml', 'global/10-service.yaml', 'global/20-limits.yaml'].flatMap((file) =>
  parseAllDocuments(readFileSync(join(import.meta.dirname, '../../../../examples/rate-limit', file), 'utf8')).map(
    (document) => document.toJS() as Resource,
  ),
);

/** As the API stores them: with a namespace. */
function ofKind<R extends Resource>(kind: string): R[] {
  return example
    .filter((resource) => resource.kind === kind)
    .map((resource) => ({ ...resource, metadata: { namespace: 'default', ...resource.metadata } })) as R[];
}

interface Template {
  spec: { template: { metadata: Pod['metadata']; spec: NonNullable<Pod['spec']> } };
}

function podOf(deployment: string, change: (pod: Pod) => Pod = (pod) => pod): Pod {
  const found = ofKind<Resource>('Deployment').find(({ metadata }) => metadata.name === deployment) as Resource & Template;
  const { metadata, spec } = found.spec.template;
  return change({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...metadata, name: `${deployment}-1`, namespace: 'default' },
    spec,
  });
}

const withoutRedis = (pod: Pod): Pod => ({
  ...pod,
  spec: { ...pod.spec, containers: (pod.spec?.containers ?? []).map((container) => ({ ...container, env: [] })) },
});

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

async function apply(to: MeshProxy, pods: Pod[], redisPort = 1): Promise<string[]> {
  const snapshot = compile(
    webBehindGateway(backend, {
      virtualServices: ofKind<VirtualService>('VirtualService'),
      services: [
        ...ofKind<Service>('Service').filter(({ metadata }) => metadata.name !== 'hello'),
        service('hello', { port: 8080, portName: 'http' }),
      ],
      endpointSlices: [
        endpointSlice('hello', [backend], 'http'),
        endpointSlice('redis', [{ address: '127.0.0.1', port: redisPort }], 'redis'),
      ],
      pods,
      envoyFilters: ofKind<EnvoyFilter>('EnvoyFilter'),
      configMaps: ofKind<ConfigMap>('ConfigMap'),
    }),
  );
  await to.apply(snapshot);
  return snapshot.warnings.filter((warning) => warning.includes('EnvoyFilter'));
}

async function statuses(at: number, ...paths: string[]): Promise<number[]> {
  const found: number[] = [];
  for (const path of paths) found.push((await send(at, path)).status);
  return found;
}

describe('a global rate limit', () => {
  test('counts for itself where there is no Redis, and says so', async () => {
    const warnings = await apply(proxy, [podOf('ratelimit', withoutRedis)]);
    expect(warnings.join()).toMatch(/filter-ratelimit, patch 1: no container of the rate limit service has a REDIS_URL/);
    expect(await statuses(port, '/productpage', '/productpage', '/other')).toEqual([200, 429, 200]);
    expect(await statuses(port, '/api/v1/products/1', '/api/v1/products/2', '/api/v1/products/3')).toEqual([200, 200, 429]);
    const refused = await send(port, '/productpage');
    expect(refused.headers).toMatchObject({ 'x-ratelimit-limit': '1, 1;w=3600', 'x-envoy-ratelimited': 'true' });
  });

  test('says what is missing when the service or its configuration cannot be found', async () => {
    expect((await apply(proxy, [])).join()).toMatch(
      /no ConfigMap that the Pods of the rate limit service mount has the domain ratelimit/,
    );
    expect(await statuses(port, '/productpage', '/productpage')).toEqual([200, 200]);
  });

  test('lets nothing through uncounted when it must not, and Redis cannot be reached', async () => {
    expect(await apply(proxy, [podOf('ratelimit')])).toEqual([]);
    const reply = await send(port, '/productpage');
    expect(reply).toMatchObject({ status: 500, headers: { 'x-hikyaku-reason': 'rate_limited' } });
    expect(formatFamilies(proxy.telemetry.families(), 'prometheus')).toContain(
      'envoy_cluster_ratelimit_error{domain="ratelimit"} 1',
    );
  });

  test.runIf(hasRedis || process.env.CI !== undefined)('is shared by all proxies through Redis', async () => {
    await using redis = await startRedis();
    const other = new MeshProxy({ gatewayPort: 0 });
    const otherPort = await other.listen();
    try {
      for (const each of [proxy, other]) expect(await apply(each, [podOf('ratelimit')], redis.port)).toEqual([]);
      // Until both are connected.
      for (const each of [port, otherPort])
        await vi.waitFor(async () => expect(await statuses(each, '/warm-up')).toEqual([200]), 10_000);
      expect(await statuses(port, '/productpage')).toEqual([200]);
      expect(await statuses(otherPort, '/productpage', '/other')).toEqual([429, 200]);
      expect(await statuses(port, '/productpage')).toEqual([429]);
    } finally {
      await other.close(0);
    }
  });
});
