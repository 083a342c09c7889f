import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import {
  DestinationRules,
  EndpointSlices,
  Gateways,
  KubernetesGateways,
  Pods,
  Services,
  VirtualServices,
} from '@hikyaku/resources';
import type { KubernetesGateway } from '@hikyaku/resources';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { portOf, send, startBackend } from '../testing/backend.ts';
import { memoryClient } from '../testing/memory-client.ts';
import {
  destinationRule,
  endpointSlice,
  gateway,
  httpServer,
  labelledPod,
  service,
  virtualService,
} from '../testing/resources.ts';
import { startMesh } from './start-mesh.ts';
import type { MeshStatus } from './start-mesh.ts';

const client = memoryClient();
let controller: AbortController;
let stopped: Promise<void>;
let status: MeshStatus | undefined;

beforeEach(async () => {
  controller = new AbortController();
  client.put(Gateways, gateway('shop'));
  client.put(
    VirtualServices,
    virtualService('shop', { gateways: ['shop'], http: [{ route: [{ destination: { host: 'web' } }] }] }),
  );
  client.put(Services, service('web'));
  client.put(EndpointSlices, endpointSlice('web', []));
  stopped = startMesh({
    client,
    gatewayPort: 0,
    statsPort: 0,
    signal: controller.signal,
    holderOf: () => 'somebody',
    onStatus: (next) => (status = next),
  });
  await expect.poll(() => status?.state, { timeout: 10_000 }).toBe('ready');
});

afterEach(async () => {
  controller.abort();
  await stopped;
  status = undefined;
});

function kubernetesGateway(port: number): KubernetesGateway {
  const spec = { gatewayClassName: 'hikyaku', listeners: [{ name: 'more', port, protocol: 'HTTP' }] };
  const metadata = { name: 'same', namespace: 'default', generation: 1 };
  return { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway', metadata, spec };
}

function gatewayPort(): number {
  return Number(new URL(status?.gatewayUrl ?? '').port);
}

test('an applied endpoint is routed to', async () => {
  await using backend = await startBackend((_, response) => response.end('hello'));
  expect(await send(gatewayPort(), '/')).toMatchObject({ status: 503 });
  client.put(EndpointSlices, endpointSlice('web', [backend]));
  await expect.poll(async () => (await send(gatewayPort(), '/')).text, { interval: 5 }).toBe('hello');
});

test('a subset is routed to as soon as its DestinationRule is applied, and follows the labels of Pods', async () => {
  await using backend = await startBackend((_, response) => response.end('v2'));
  const http = [{ route: [{ destination: { host: 'web', subset: 'v2' } }] }];
  client.put(VirtualServices, virtualService('shop', { gateways: ['shop'], http }));
  client.put(Pods, labelledPod('web-1', { version: 'v2' }));
  client.put(EndpointSlices, endpointSlice('web', [{ ...backend, pod: 'web-1' }]));
  const statusNow = async () => (await send(gatewayPort(), '/')).status;
  await expect.poll(statusNow, { interval: 5 }).toBe(503);
  client.put(DestinationRules, destinationRule('web', { subsets: [{ name: 'v2', labels: { version: 'v2' } }] }));
  await expect.poll(statusNow, { interval: 5 }).toBe(200);
  client.put(Pods, labelledPod('web-1', { version: 'v1' }));
  await expect.poll(statusNow, { interval: 5 }).toBe(503);
  client.remove(DestinationRules, 'default', 'web');
  client.remove(Pods, 'default', 'web-1');
});

test('a proxy killed with -9 comes back on the same port with the same routes', async () => {
  await using backend = await startBackend((_, response) => response.end('hello'));
  client.put(EndpointSlices, endpointSlice('web', [backend]));
  await expect.poll(async () => (await send(gatewayPort(), '/')).text, { interval: 5 }).toBe('hello');
  const { pid } = status ?? {};
  const port = gatewayPort();
  process.kill(pid ?? 0, 'SIGKILL');
  await expect.poll(() => status?.state === 'ready' && status.pid !== pid, { interval: 5 }).toBe(true);
  expect(await send(port, '/')).toMatchObject({ text: 'hello' });
});

test('a proxy that came back tells its statistics at the same address, from zero', async () => {
  await using backend = await startBackend((_, response) => response.end('hello'));
  client.put(EndpointSlices, endpointSlice('web', [backend]));
  await expect.poll(async () => (await send(gatewayPort(), '/')).text, { interval: 5 }).toBe('hello');
  const { pid, statsUrl = '' } = status ?? {};
  const requests = async () => (await fetch(`${statsUrl}/stats/prometheus`)).text();
  expect(await requests()).toContain('istio_requests_total');
  process.kill(pid ?? 0, 'SIGKILL');
  await expect.poll(() => status?.state === 'ready' && status.pid !== pid, { interval: 5 }).toBe(true);
  expect(status?.statsUrl).toBe(statsUrl);
  expect(await requests()).not.toContain('istio_requests_total');
});

test('aborting ends the process and frees the port', async () => {
  const { pid = 0 } = status ?? {};
  const port = gatewayPort();
  controller.abort();
  await stopped;
  expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  await expect(send(port, '/')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('a supervisor killed with -9 leaves no proxy, and the port is free', async () => {
  const program = fileURLToPath(new URL('../testing/supervisor.ts', import.meta.url));
  const supervisor = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] });
  let url = '';
  for await (const line of createInterface(supervisor.stdout)) {
    const { state, gatewayUrl = '' } = JSON.parse(line) as MeshStatus;
    url = gatewayUrl;
    if (state === 'ready') break;
  }
  const port = Number(new URL(url).port);
  expect(await canConnect('127.0.0.1', port)).toBe(true);
  supervisor.kill('SIGKILL');
  await expect.poll(() => canConnect('127.0.0.1', port)).toBe(false);
});

test('what cannot be carried out is in the status', async () => {
  client.put(VirtualServices, virtualService('lost', { gateways: ['nowhere'] }));
  await expect.poll(() => status?.warnings).toContain('VirtualService default/lost: there is no Gateway default/nowhere');
  client.remove(VirtualServices, 'default', 'lost');
  await expect.poll(() => status?.warnings).toEqual([]);
});

test('a port that a Gateway names is opened, or said to be taken by whom until it is free', async () => {
  await using backend = await startBackend((_, response) => response.end('hello'));
  client.put(EndpointSlices, endpointSlice('web', [backend]));
  const holder = createServer().listen(0, '127.0.0.1');
  await expect.poll(() => holder.listening).toBe(true);
  const port = portOf(holder);
  client.put(Gateways, gateway('shop', [httpServer(['*']), httpServer(['*'], port)]));
  client.put(KubernetesGateways, kubernetesGateway(port));
  const accepted = async () => {
    const { items } = await client.list(KubernetesGateways);
    const conditions = items[0]?.status?.listeners?.[0]?.conditions;
    return conditions?.find(({ type }) => type === 'Accepted');
  };
  const patient = { timeout: 10_000 };
  const taken = `port ${port} is taken by somebody`;
  await expect.poll(() => status?.warnings, patient).toEqual([`the gateway: ${taken}`]);
  await expect.poll(accepted, patient).toMatchObject({ status: 'False', reason: 'PortUnavailable', message: taken });
  expect(status?.moreGatewayUrls).toEqual([]);
  await new Promise((resolve) => holder.close(resolve));
  await expect.poll(() => status?.moreGatewayUrls, patient).toEqual([`http://localhost:${port}`]);
  expect(await send(port, '/')).toMatchObject({ text: 'hello' });
  await expect.poll(accepted, patient).toMatchObject({ status: 'True' });
  expect(status?.warnings).toEqual([]);
  client.remove(KubernetesGateways, 'default', 'same');
});

describe('start', () => {
  test('a taken port is an error with the code EADDRINUSE', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await expect.poll(() => holder.listening).toBe(true);
    const start = startMesh({ client, gatewayPort: portOf(holder), signal: new AbortController().signal });
    await expect(start).rejects.toMatchObject({ name: 'MeshError', code: 'EADDRINUSE' });
    const stats = startMesh({ client, gatewayPort: 0, statsPort: portOf(holder), signal: new AbortController().signal });
    await expect(stats).rejects.toMatchObject({ name: 'MeshError', code: 'EADDRINUSE' });
    holder.close();
  });

  test('resources that cannot be read are an error, and no process stays behind', async () => {
    const broken = { ...client, list: () => Promise.reject(new Error('no API')) };
    await expect(startMesh({ client: broken, gatewayPort: 0, signal: new AbortController().signal })).rejects.toThrow('no API');
  });
});

test('Service addresses are listened on while there are ready endpoints', async () => {
  await using backend = await startBackend((_, response) => response.end('direct'), { address: '127.16.9.1' });
  const address = '127.96.9.1';
  client.put(Services, service('direct', { clusterIP: address, port: 7999 }));
  client.put(EndpointSlices, endpointSlice('direct', [backend]));
  await expect.poll(() => canConnect(address, 7999), { interval: 5 }).toBe(true);
  expect(await send(7999, '/', { host: address })).toMatchObject({ text: 'direct' });
  client.put(EndpointSlices, endpointSlice('direct', []));
  await expect.poll(() => canConnect(address, 7999), { interval: 5 }).toBe(false);
  client.remove(Services, 'default', 'direct');
});

function canConnect(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
