/**
 * Where the counts are read, at Istio's place: `/stats/prometheus` for Prometheus, `/stats/edges` for `hikyaku mesh stats`,
 * `/healthz/ready`, or Envoy's `/ready`, for whoever waits. On 127.0.0.1 and under loopback names only: a web page elsewhere could otherwise read it under
 * its own name.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { isLoopbackName, parseAuthority } from '../routing/authority.ts';
import { contentTypes, formatFamilies } from './prometheus.ts';
import type { Exposition } from './prometheus.ts';
import type { Telemetry } from './telemetry.ts';

export interface StatsServerOptions {
  /** 0 lets the system choose. */
  port: number;
  telemetry: Telemetry;
  /** Whether requests are being carried. */
  isReady: () => boolean;
}

export class StatsServer {
  readonly #options: StatsServerOptions;
  readonly #server: Server;

  constructor(options: StatsServerOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  /** Returns the port. Rejects with the system's error when it cannot be had. */
  async listen(): Promise<number> {
    this.#server.listen({ host: '127.0.0.1', port: this.#options.port });
    await once(this.#server, 'listening');
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : this.#options.port;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const host = parseAuthority(request.headers.host ?? '')?.host;
    if (host === undefined || !isLoopbackName(host)) {
      reply(response, 403, 'text/plain', 'This address answers to localhost and 127.0.0.1 only.\n');
    } else if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      reply(response, 405, 'text/plain', 'Only GET is answered here.\n');
    } else {
      this.#answerPath(new URL(request.url ?? '/', 'http://localhost').pathname, request, response);
    }
  }

  #answerPath(path: string, request: IncomingMessage, response: ServerResponse): void {
    const { telemetry, isReady } = this.#options;
    if (path === '/stats/prometheus' || path === '/metrics') {
      const exposition = expositionFor(request.headers.accept);
      reply(response, 200, contentTypes[exposition], formatFamilies(telemetry.families(), exposition));
    } else if (path === '/stats/edges') {
      reply(
        response,
        200,
        'application/json',
        JSON.stringify({ edges: telemetry.summary(), clusters: telemetry.clusterSummary() }),
      );
    } else if (path === '/healthz/ready' || path === '/ready') {
      const ready = isReady();
      reply(response, ready ? 200 : 503, 'text/plain', ready ? 'ready\n' : 'no snapshot is in force yet\n');
    } else {
      reply(response, 404, 'text/plain', 'There is /stats/prometheus, /stats/edges and /healthz/ready.\n');
    }
  }
}

function expositionFor(accept = ''): Exposition {
  return accept.includes('application/openmetrics-text') ? 'openmetrics' : 'prometheus';
}

function reply(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) }).end(body);
}
