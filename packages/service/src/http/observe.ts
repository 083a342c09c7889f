/**
 * What every request leaves behind: a server span that continues the caller's trace, a duration metric, a log line.
 */
import { context, SpanStatusCode, trace, type Context, type Span } from '@opentelemetry/api';
import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../telemetry/metrics.ts';
import { contextFrom, SpanKind, startSpan } from '../telemetry/trace.ts';

type Observed = { readonly span: Span; readonly context: Context };

export function observeRequests(http: FastifyInstance, metrics: Metrics): void {
  const observed = new WeakMap<object, Observed>();
  http.addHook('onRequest', (request, _reply, done) => {
    const parent = contextFrom(request.headers);
    const attributes = { 'http.request.method': request.method, 'http.route': routeOf(request.routeOptions.url) };
    const span = startSpan(`${request.method} ${attributes['http.route']}`, SpanKind.SERVER, attributes, parent);
    const here = trace.setSpan(parent, span);
    observed.set(request, { span, context: here });
    context.with(here, done);
  });
  // Reading the body goes through stream events, which have lost the context by the time the next hook runs.
  http.addHook('preValidation', (request, _reply, done) => {
    context.with(observed.get(request)?.context ?? context.active(), done);
  });
  http.addHook('onResponse', (request, reply, done) => {
    const { method, routeOptions } = request;
    const status = reply.statusCode;
    const span = observed.get(request)?.span;
    span?.setAttribute('http.response.status_code', status);
    if (status >= 500) span?.setStatus({ code: SpanStatusCode.ERROR });
    span?.end();
    metrics.requestFinished({ method, route: routeOf(routeOptions.url), status, durationMs: reply.elapsedTime });
    if (!routeOptions.config.operations) {
      const ids = span?.spanContext();
      const path = request.url.split('?', 1)[0];
      const line = { method, path, status, durationMs: Math.round(reply.elapsedTime * 10) / 10 };
      request.log.info(ids ? { ...line, trace_id: ids.traceId, span_id: ids.spanId } : line, 'request');
    }
    done();
  });
}

const routeOf = (pattern: string | undefined): string => pattern ?? 'unknown';
