/**
 * Real HTTP servers for tests to route to, and a plain client that shows what came back.
 */
import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import type {
  IncomingHttpHeaders,
  IncomingMessage,
  OutgoingHttpHeaders,
  RequestListener,
  RequestOptions,
  Server,
} from 'node:http';
import type { Endpoint } from '../snapshot/snapshot.ts';

export interface Backend extends Endpoint, AsyncDisposable {
  server: Server;
}

/** Each backend has an address of its own, as Pods do. `port` 0 is any free one. */
export async function startBackend(listener: RequestListener, { address = '127.0.0.1', port = 0 } = {}): Promise<Backend> {
  const server = createServer({ keepAliveTimeout: 30_000 }, listener);
  server.listen(port, address);
  await once(server, 'listening');
  return {
    server,
    address,
    port: portOf(server),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function portOf(server: { address(): unknown }): number {
  const address = server.address();
  if (typeof address !== 'object' || address === null || !('port' in address)) throw new Error('not listening on a port');
  return Number(address.port);
}

/** One that was free a moment ago. */
export async function freePort(): Promise<number> {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const port = portOf(holder);
  await new Promise((resolve) => holder.close(resolve));
  return port;
}

export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  json(): unknown;
}

export interface SendOptions extends RequestOptions {
  headers?: OutgoingHttpHeaders;
  body?: string | Buffer;
}

/** One request; `localhost` is the host asked for unless a header says otherwise. Rejects when the connection breaks. */
export async function send(port: number, path: string, options: SendOptions = {}): Promise<Reply> {
  const { body, headers, ...rest } = options;
  const request = httpRequest({
    host: '127.0.0.1',
    port,
    path,
    agent: false,
    headers: { host: `localhost:${port}`, ...headers },
    ...rest,
  });
  // Before the response an error rejects; after it, it shows on the response too.
  request.on('error', () => undefined);
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return { status: response.statusCode ?? 0, headers: response.headers, text, json: () => JSON.parse(text) as unknown };
}
