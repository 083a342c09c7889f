/**
 * The HTTP side of a service: Fastify with everything around the routes, in the order a request meets it. Routes are
 * the service's.
 */
import { fastifySwagger } from '@fastify/swagger';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { fastify, LogController, type FastifyBaseLogger } from 'fastify';
import type { Logger } from 'pino';
import type { HttpServer } from '../service.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { authenticate, type AuthOptions } from './auth.ts';
import { handleErrors, refuse, unavailable } from './error-handler.ts';
import { observeRequests } from './observe.ts';
import { operationsRoutes } from './operations.ts';
import type { Readiness } from './readiness.ts';
import { validatorCompiler } from './validation.ts';

export type HttpServerOptions = {
  readonly name: string;
  readonly version: string;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly readiness: Readiness;
  readonly auth: AuthOptions | undefined;
};

/** A larger body is answered with 413. */
const bodyLimitBytes = 1024 * 1024;

export async function createHttpServer({ name, version, log, metrics, readiness, auth }: HttpServerOptions): Promise<HttpServer> {
  const loggerInstance: FastifyBaseLogger = log;
  const http = fastify({
    loggerInstance,
    // observe.ts writes one line per request instead of Fastify's two.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: bodyLimitBytes,
    forceCloseConnections: 'idle',
    frameworkErrors: refuse,
  }).withTypeProvider<TypeBoxTypeProvider>();
  http.setValidatorCompiler(validatorCompiler);
  handleErrors(http);
  await http.register(fastifySwagger, { openapi: { openapi: '3.1.0', info: { title: name, version } } });
  // First, so that refused requests are seen too.
  observeRequests(http, metrics);
  // Before auth: its keys may be what the service is still waiting for.
  admitWhenStarted(http, readiness);
  authenticate(http, name, auth);
  operationsRoutes(http, { readiness, metrics });
  return http;
}

function admitWhenStarted(http: HttpServer, readiness: Readiness): void {
  http.addHook('onRequest', async (request) => {
    if (readiness.phase === 'starting' && !request.routeOptions.config.operations)
      throw unavailable((await readiness.reason()) ?? 'starting');
  });
  // Callers with kept-alive connections move on during the drain delay.
  http.addHook('onSend', async (_request, reply) => {
    if (readiness.phase === 'closing') reply.header('connection', 'close');
    return Promise.resolve();
  });
}
