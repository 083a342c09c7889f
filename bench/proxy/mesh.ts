/**
 * Our own proxy the way a system runs it: resources in, `startMesh` compiles them and feeds the proxy process, which has a core to itself.
 */
import { EndpointSlices, Gateways, Services, VirtualServices } from '@hikyaku/resources';
import type { Kind, Resource } from '@hikyaku/resources';
import { memoryClient } from '../../packages/mesh/src/testing/memory-client.ts';
import { endpointSlice, gateway, service, virtualService } from '../../packages/mesh/src/testing/resources.ts';
import { startMesh } from '../../packages/mesh/src/index.ts';
import type { MeshStatus } from '../../packages/mesh/src/index.ts';
import { services } from './configurations.ts';
import { cores, pin } from './processes.ts';
import type { Program } from './processes.ts';

export interface Mesh extends Program {
  /** Applies a VirtualService whose rules are these prefixes, in this order, all of them leading to the backend. */
  route(prefixes: string[]): void;
}

export const servicePrefixes = services.map((name) => `/api/${name}`);

/** `count` prefixes, of which the last ten are the services'. */
export function manyPrefixes(count: number): string[] {
  const others = Array.from({ length: count - servicePrefixes.length }, (_, index) => `/tenants/${index}/api`);
  return [...others, ...servicePrefixes];
}

/** `policies` hold besides, each with its kind. */
export async function startMeshProxy(
  backendPort: number,
  prefixes: string[] = servicePrefixes,
  policies: readonly [Kind, Resource][] = [],
): Promise<Mesh> {
  const client = memoryClient();
  for (const [kind, policy] of policies) client.put(kind, policy);
  const route = (next: string[]) => {
    const http = next.map((prefix) => ({ match: [{ uri: { prefix } }], route: [{ destination: { host: 'backend' } }] }));
    client.put(VirtualServices, virtualService('bench', { gateways: ['bench'], http }));
  };
  client.put(Gateways, gateway('bench'));
  client.put(Services, service('backend'));
  client.put(EndpointSlices, endpointSlice('backend', [{ address: '127.0.0.1', port: backendPort }]));
  route([...prefixes, '/big']);
  const controller = new AbortController();
  const { promise, resolve, reject } = Promise.withResolvers<MeshStatus>();
  const stopped = startMesh({
    client,
    gatewayPort: 0,
    signal: controller.signal,
    onStatus: (status) => {
      if (status.state === 'ready') resolve(status);
    },
  });
  stopped.catch(reject);
  const { pid = 0, gatewayUrl = '' } = await promise;
  pin(pid, cores.proxy);
  return {
    pid,
    port: Number(new URL(gatewayUrl).port),
    route,
    async [Symbol.asyncDispose]() {
      controller.abort();
      await stopped;
    },
  };
}
