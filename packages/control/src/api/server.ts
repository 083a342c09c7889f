/**
 * The Kubernetes API over HTTPS on loopback: what kubectl, the official clients and the CLI talk to. A request passes, in this order:
 *
 *   gatekeeper   who may speak at all              gatekeeper.ts
 *   router       which handler it is for           router.ts
 *   handler      reads and writes the store        handlers/
 *   status       errors become Status objects      status.ts
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { aborted, type PodLogs } from '@hikyaku/resources';
import type { Credentials } from '../credentials/credentials.ts';
import type { Store } from '../store/store.ts';
import { Exchange } from './exchange.ts';
import { createGatekeeper } from './gatekeeper.ts';
import { route, type Backend } from './router.ts';
import { statusOf } from './status.ts';

export interface ApiServerOptions {
  store: Store;
  credentials: Pick<Credentials, 'certificate' | 'key' | 'token'>;
  podLogs: PodLogs;
  /** Of hikyaku, as `kubectl version` shows it. */
  version: string;
  /** 0 takes any free port. */
  port: number;
  /** Default 127.0.0.1. */
  host?: string;
}

export interface ApiServer {
  /** Listens until `signal` aborts, then ends what is under way; resolves when it has stopped. Why it could not start is told by `ready`. */
  start(signal: AbortSignal): Promise<void>;
  /** Resolves when requests are answered; rejects with the error of `listen` (such as EADDRINUSE) when it cannot be. */
  ready: Promise<{ url: string }>;
}

export function createApiServer({ store, credentials, podLogs, version, port, host = '127.0.0.1' }: ApiServerOptions): ApiServer {
  const { promise: ready, resolve, reject } = Promise.withResolvers<{ url: string }>();
  // Whoever does not wait for `ready` must not be ended by its rejection.
  ready.catch(() => undefined);
  return {
    ready,
    async start(signal) {
      const admit = createGatekeeper(credentials.token);
      const backend: Backend = { store, podLogs, version };
      const server = createServer(
        { cert: credentials.certificate, key: credentials.key, minVersion: 'TLSv1.2' },
        (request, response) => {
          void answer({ admit, backend, stopping: signal }, request, response);
        },
      );
      try {
        await listen(server, port, host);
      } catch (error) {
        reject(error);
        return;
      }
      resolve({ url: `https://${host}:${(server.address() as AddressInfo).port}` });
      await stopped(server, signal);
    },
  };
}

interface Context {
  admit: (request: IncomingMessage) => void;
  backend: Backend;
  stopping: AbortSignal;
}

/** Never throws: what goes wrong becomes the answer, or ends the connection when an answer has begun. */
async function answer({ admit, backend, stopping }: Context, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  // A kept-alive connection would hold a stopping server up.
  response.on('finish', () => {
    if (stopping.aborted) request.socket.destroySoon();
  });
  try {
    admit(request);
    await route(backend, new Exchange(request, response, AbortSignal.any([gone.signal, stopping])));
  } catch (error) {
    fail(error, response);
  }
}

function fail(error: unknown, response: ServerResponse): void {
  const status = statusOf(error);
  if (status.code === 500) process.emitWarning(error instanceof Error ? error : new Error(String(error)));
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const text = `${JSON.stringify(status)}\n`;
  // The rest of a body that is too long is not worth reading.
  const hangUp = status.code === 413 ? { connection: 'close' } : {};
  const challenge = status.code === 401 ? { 'www-authenticate': 'Bearer realm="hikyaku"' } : {};
  response.writeHead(status.code, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...challenge,
    ...hangUp,
  });
  response.end(text);
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** How long requests under way may take once the server stops. */
const drainMs = 1000;

async function stopped(server: Server, signal: AbortSignal): Promise<void> {
  await aborted(signal);
  await new Promise<void>((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), drainMs);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}
