/**
 * The HTTP side of a service: Fastify with everything around the routes, in the order a request meets it. Routes are
 * the service's.
 */
import { fastifySwagger } from '@fastify/swagger';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { fastify, LogController, type FastifyBaseLogger } from 'fastify';
import type { Logger } from 'pino';
import type { AsyncApi } from '../bus/asyncapi.ts';
import type { HttpServer } from '../service.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { authenticate, type AuthOptions } from './auth.ts';
import { handleErrors, refuse, unavailable } from './error-handler.ts';
import { observeRequests } from './observe.ts';
import { eventStreams } from './event-streams.ts';
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
  /** The document of the events, as far as they are declared when it is asked for. */
  readonly asyncApi: () => AsyncApi;
};

/** A larger body is answered with 413. */
const bodyLimitBytes = 1024 * 1024;

export async function createHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { name, version, log, metrics, readiness, auth, asyncApi } = options;
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
  eventStreams(http, { log });
  operationsRoutes(http, { readiness, metrics, asyncApi });
  return http;
}

function admitWhenStarted(http: HttpServer, readiness: Readiness): void {
  // Not asynchronous where nothing is waited for: every request passes here.
  http.addHook('onRequest', (request, _reply, done) => {
    if (readiness.phase !== 'starting' || request.routeOptions.config.operations) done();
    else readiness.reason().then((reason) => done(unavailable(reason ?? 'starting')), done);
  });
  // Callers with kept-alive connections move on during the drain delay.
  http.addHook('onSend', (_request, reply, _payload, done) => {
    if (readiness.phase === 'closing') reply.header('connection', 'close');
    done();
  });
}
