/**
 * What both the gateway and the Service addresses do with a request: read what routing needs of it, have it decided, and carry
 * the decision out.
 */
import { combinedField } from '../http/fields.ts';
import type { Exchange } from '../http/exchange.ts';
import { parseAuthority } from '../routing/authority.ts';
import type { Decision } from '../routing/decision.ts';
import type { RequestHead } from '../routing/match.ts';
import { parseTarget } from '../routing/path.ts';
import { admittedDecision, admittedHead, isRefusal } from './admission.ts';
import type { Admission } from './admission.ts';
import type { Authenticated } from '../security/authentication.ts';
import { answer, changed, respond } from './answers.ts';
import type { Answer } from './answers.ts';
import { runFilters } from './filter.ts';
import type { RoutedRequest } from './filter.ts';
import { filtersFor } from './filters.ts';
import { forward } from './forward.ts';
import type { Guards } from './guards.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { Upstreams } from './upstreams.ts';

export interface DispatchOptions {
  exchange: Exchange;
  decide: (head: RequestHead) => Decision;
  /** Whether the caller is outside the mesh. */
  isEdge: boolean;
  /** Where the gateway serves https, when it does. */
  gatewayTlsPort?: number | undefined;
  /** What Gateways call the port that was called; absent where that is not known, and between services. */
  declaredPort?: number | undefined;
  upstreams: Upstreams;
  /** Absent: there is nothing to pass. */
  guards?: Guards;
  /** Key of the cluster whose address was called; absent at the gateway. */
  called?: string;
  /** Absent: nothing is counted. */
  telemetry?: Pick<Telemetry, 'observe'>;
}

export function dispatch(options: DispatchOptions): void {
  const { exchange: given, isEdge, guards, called, telemetry } = options;
  const exchange = telemetry?.observe(given, { isEdge, called }) ?? given;
  const head = readHead(exchange, options.gatewayTlsPort);
  if ('detail' in head) {
    answer(exchange, head);
    return;
  }
  const admission = isEdge ? guards?.admitAtGateway(head, options.declaredPort) : undefined;
  if (admission instanceof Promise) {
    void admission.then((later) => {
      if (!exchange.isOver) enter(options, exchange, head, later);
    });
  } else if (admission === undefined) route(options, exchange, head);
  else enter(options, exchange, head, admission);
}

function enter(options: DispatchOptions, exchange: Exchange, head: RequestHead, admission: Admission): void {
  if (isRefusal(admission)) answer(exchange, admission);
  else route(options, exchange, admittedHead(head, admission), admission);
}

function route(options: DispatchOptions, exchange: Exchange, head: RequestHead, admission?: Authenticated): void {
  const { decide, isEdge, upstreams, guards } = options;
  const decision = decide(head);
  if (decision.kind === 'refuse') {
    const reason = refusalReasons[decision.status];
    answer(exchange, { status: decision.status, reason, detail: decision.detail });
    return;
  }
  if (exchange.notes !== undefined && decision.kind === 'forward') {
    exchange.notes.route = decision.route;
    exchange.notes.cluster = decision.cluster;
  }
  const admitted = admission === undefined ? decision : admittedDecision(decision, admission);
  const request: RoutedRequest = { exchange, head, decision: admitted, isEdge, upstreams };
  if (admitted.policies?.mirrors !== undefined && guards !== undefined)
    request.admitsCopy = (cluster) => guards.admitsCopy(cluster, request.head);
  const filters = filtersFor(request, guards);
  if (filters.length === 0) carryOut(request);
  else runFilters(filters, request, () => carryOut(request));
}

const refusalReasons = { 404: 'no_route', 421: 'misdirected', 500: 'invalid_backend' } as const;

function carryOut({ exchange, head, decision, isEdge, upstreams, endpointLimit, admitsCopy }: RoutedRequest): void {
  switch (decision.kind) {
    case 'forward':
      forward({ exchange, decision, authority: head.authority, isEdge, upstreams, endpointLimit, admitsCopy });
      break;
    case 'redirect':
      respond(
        exchange,
        decision.status,
        changed(exchange, decision.status, ['Location', decision.location], decision.responseHeaders),
        '',
      );
      break;
    case 'respond':
      respond(
        exchange,
        decision.status,
        changed(exchange, decision.status, plainText, decision.responseHeaders),
        bodyOf(decision),
      );
  }
}

function bodyOf({ body = '', base64 }: Extract<RoutedRequest['decision'], { kind: 'respond' }>): string | Buffer {
  return base64 === undefined ? body : Buffer.from(base64, 'base64');
}

const plainText = ['Content-Type', 'text/plain; charset=utf-8'];

/** What routing may look at, or the answer to a request that cannot be routed. */
function readHead({ head, scheme, remoteAddress }: Exchange, gatewayTlsPort: number | undefined): RequestHead | Answer {
  const target = parseTarget(head.target);
  const authority = target?.authority ?? head.host ?? '';
  const parsed = parseAuthority(authority);
  if (target === undefined) return badRequest('The request target has no form that is served here.');
  if (parsed === undefined) return badRequest('The Host header is missing or names no host.');
  const { path, query } = target;
  const read: RequestHead = {
    method: head.method,
    path,
    query,
    target: head.target,
    scheme,
    host: parsed.host,
    authority,
    header: (name: string) => combinedField(head.fields, name),
    remoteAddress,
  };
  if (gatewayTlsPort !== undefined) read.gatewayTlsPort = gatewayTlsPort;
  return read;
}

function badRequest(detail: string): Answer {
  return { status: 400, reason: 'bad_request', detail };
}
