/**
 * The routes every service has for those who operate it: /health, /ready, /metrics, /openapi.json, /asyncapi.json.
 */
import type { FastifyInstance } from 'fastify';
import type { AsyncApi } from '../bus/asyncapi.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { problem } from './problem.ts';
import type { Readiness } from './readiness.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answers before the service is started and while it is not ready; not logged. */
    operations?: true;
  }
}

const options = { schema: { hide: true }, config: { operations: true } } as const;

export function operationsRoutes(
  http: FastifyInstance,
  { readiness, metrics, asyncApi }: { readiness: Readiness; metrics: Metrics; asyncApi: () => AsyncApi },
): void {
  http.get('/health', options, () => ({ status: 'ok' }));
  http.get('/ready', options, async () => {
    const reason = await readiness.reason();
    if (reason !== undefined) throw problem(503, { title: 'Not ready', detail: reason });
    return { status: 'ready' };
  });
  http.get('/metrics', options, async (_request, reply) =>
    reply.type('text/plain; version=0.0.4; charset=utf-8').send(await metrics.render()),
  );
  http.get('/openapi.json', options, () => http.swagger());
  http.get('/asyncapi.json', options, () => asyncApi());
}
