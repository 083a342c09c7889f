/**
 * What the soak runs: a mesh over two endpoints, of which one fails now and then in every way an upstream can, and a way to change the
 * rules and endpoints while requests are under way.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { once } from 'node:events';
import { EndpointSlices, Gateways, Services, VirtualServices } from '@hikyaku/resources';
import { startMesh } from '../../packages/mesh/src/index.ts';
import type { MeshStatus } from '../../packages/mesh/src/index.ts';
import { memoryClient } from '../../packages/mesh/src/testing/memory-client.ts';
import { endpointSlice, gateway, service, virtualService } from '../../packages/mesh/src/testing/resources.ts';

export interface SoakSystem extends AsyncDisposable {
  pid: number;
  port: number;
  /** Other rules, and now one endpoint, now both, now one more that nobody listens at. */
  change(turn: number): void;
}

export async function startSystem(): Promise<SoakSystem> {
  // One port at several addresses, as the endpoints of a Service have.
  const good = createServer(answer);
  const port = await listen(good, '127.0.0.1');
  const bad = createServer(answerOrFail);
  await listen(bad, '127.0.0.2', port);
  const client = memoryClient();
  const change = (turn: number) => {
    const endpoints = [{ address: '127.0.0.1', port }];
    if (turn % 3 > 0) endpoints.push({ address: '127.0.0.2', port });
    if (turn % 3 > 1) endpoints.push({ address: '127.0.0.3', port });
    client.put(EndpointSlices, endpointSlice('backend', endpoints));
    const route = [{ destination: { host: 'backend' } }];
    const others = Array.from({ length: 50 }, (_, index) => ({ match: [{ uri: { prefix: `/${turn % 10}/${index}` } }], route }));
    client.put(VirtualServices, virtualService('soak', { gateways: ['soak'], http: [...others, { route, timeout: '2s' }] }));
  };
  client.put(Gateways, gateway('soak'));
  client.put(Services, service('backend'));
  change(0);
  const controller = new AbortController();
  const { promise, resolve, reject } = Promise.withResolvers<MeshStatus>();
  const onStatus = (status: MeshStatus) => {
    if (status.state === 'ready') resolve(status);
  };
  const stopped = startMesh({ client, gatewayPort: 0, signal: controller.signal, onStatus });
  stopped.catch(reject);
  const { pid = 0, gatewayUrl = '' } = await promise;
  return {
    pid,
    port: Number(new URL(gatewayUrl).port),
    change,
    async [Symbol.asyncDispose]() {
      controller.abort();
      await stopped;
      for (const server of [good, bad]) {
        server.closeAllConnections();
        server.close();
      }
    },
  };
}

function answer(_request: IncomingMessage, response: ServerResponse): void {
  const text = 'x'.repeat(500);
  response.writeHead(200, { 'Content-Length': text.length });
  response.end(text);
}

function answerOrFail(request: IncomingMessage, response: ServerResponse): void {
  const dice = Math.random();
  if (dice < 0.02) request.socket.destroy();
  else if (dice < 0.04) response.writeHead(200, { 'Content-Length': 100 }).write('half', () => request.socket.destroy());
  else if (dice < 0.1) response.writeHead(503, { 'Content-Length': 0 }).end();
  else answer(request, response);
}

/** Returns the port. */
async function listen(server: Server, host: string, port = 0): Promise<number> {
  // Any protocol will do: what is sent comes back.
  server.on('upgrade', (_request, socket) => {
    socket.on('error', () => undefined);
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    socket.pipe(socket);
  });
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}
