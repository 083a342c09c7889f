/**
 * Envoy's command operators: `%RESPONSE_CODE%`, `%REQ(X-REQUEST-ID)%`, … Each becomes a function from an entry to a value.
 */
import { hostname } from 'node:os';
import { combinedField } from '../../http/fields.ts';
import { formatFlags } from '../response-flags.ts';
import type { LogEntry } from './entry.ts';
import { isSecretField, redactQuery } from './redact.ts';

/** Undefined is `-` in text and null in JSON. */
export type LogValue = string | number | undefined;
export type Operator = (entry: LogEntry) => LogValue;

const simple: Readonly<Record<string, Operator>> = {
  PROTOCOL: ({ head }) => (head.majorVersion === 2 ? 'HTTP/2' : `HTTP/1.${head.minorVersion}`),
  RESPONSE_CODE: ({ status }) => status,
  RESPONSE_CODE_DETAILS: ({ reason, status }) => reason ?? (status === 0 ? 'downstream_remote_disconnect' : 'via_upstream'),
  RESPONSE_FLAGS: ({ flags }) => formatFlags(flags),
  CONNECTION_TERMINATION_DETAILS: () => undefined,
  UPSTREAM_TRANSPORT_FAILURE_REASON: ({ reason, detail }) => (reason === 'upstream_failed' ? detail : undefined),
  BYTES_RECEIVED: ({ requestBytes }) => requestBytes,
  BYTES_SENT: ({ responseBytes }) => responseBytes,
  DURATION: ({ durationMs }) => Math.round(durationMs),
  RESPONSE_DURATION: serviceTime,
  UPSTREAM_HOST: ({ upstream }) => upstream && `${upstream.address}:${upstream.port}`,
  UPSTREAM_CLUSTER: ({ cluster }) => cluster,
  UPSTREAM_CLUSTER_RAW: ({ cluster }) => cluster,
  UPSTREAM_LOCAL_ADDRESS: () => undefined,
  UPSTREAM_REQUEST_ATTEMPT_COUNT: ({ attempts }) => attempts,
  DOWNSTREAM_LOCAL_ADDRESS: () => undefined,
  DOWNSTREAM_REMOTE_ADDRESS: ({ remoteAddress }) => remoteAddress,
  DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT: ({ remoteAddress }) => remoteAddress,
  DOWNSTREAM_DIRECT_REMOTE_ADDRESS: ({ remoteAddress }) => remoteAddress,
  DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT: ({ remoteAddress }) => remoteAddress,
  REQUESTED_SERVER_NAME: () => undefined,
  ROUTE_NAME: ({ route }) => route,
  TRACE_ID: ({ hop }) => hop?.traceId,
  SPAN_ID: ({ hop }) => hop?.spanId,
  GRPC_STATUS: ({ grpcStatus }) => grpcStatus,
  GRPC_STATUS_NUMBER: ({ grpcStatus }) => grpcStatus,
  HOSTNAME: () => hostname(),
};

/** How fields are shown: a log is read by others than those who could see the request. */
export interface FieldView {
  isHidden(lowerName: string): boolean;
  /** Of what may be a URL with a query. */
  shown(value: string): string;
}

export const redacted: FieldView = { isHidden: isSecretField, shown: redactQuery };
export const asTheyAre: FieldView = { isHidden: () => false, shown: (value) => value };

const withArgument: Readonly<Record<string, (argument: string, view: FieldView) => Operator>> = {
  START_TIME: (format) => startTime(format),
  REQ: (names, view) => firstOf(names, view, requestField),
  REQ_WITHOUT_QUERY: (names, view) => firstOf(names, view, (...asked) => requestField(...asked)?.split('?')[0]),
  RESP: (names, view) => firstOf(names, view, responseField),
};

/** `REQ(X?Y):Z` without the percent signs; undefined for what is no operator, or none of those served here. */
export function compileOperator(text: string, view: FieldView): Operator | undefined {
  const [, name = '', argument, limit] = /^([A-Z_]+)(?:\(([^)]*)\))?(?::(\d+))?$/.exec(text) ?? [];
  const operator =
    argument === undefined ? (simple[name] ?? withArgument[name]?.('', view)) : withArgument[name]?.(argument, view);
  if (operator === undefined || limit === undefined) return operator;
  return (entry) => {
    const value = operator(entry);
    return typeof value === 'string' ? value.slice(0, Number(limit)) : value;
  };
}

function startTime(format: string): Operator {
  if (format.includes('%s'))
    return ({ startedAt }) =>
      format.replace('%s', String(Math.floor(startedAt.getTime() / 1000))).replace('%3f', milliseconds(startedAt));
  return ({ startedAt }) => startedAt.toISOString();
}

function milliseconds(date: Date): string {
  return String(date.getMilliseconds()).padStart(3, '0');
}

/** `X?Y`: Y where there is no X. */
function firstOf(
  names: string,
  view: FieldView,
  read: (entry: LogEntry, lowerName: string, view: FieldView) => LogValue,
): Operator {
  const lowerNames = names
    .toLowerCase()
    .split('?')
    .filter((name) => !view.isHidden(name));
  return (entry) => {
    for (const name of lowerNames) {
      const value = read(entry, name, view);
      if (value !== undefined) return value;
    }
    return undefined;
  };
}

function requestField({ head, requestId }: LogEntry, name: string, view: FieldView): string | undefined {
  switch (name) {
    case ':method':
      return head.method;
    case ':path':
      return view.shown(head.target);
    case ':authority':
      return head.host;
    case 'referer':
      return shownField(head.fields, name, view);
    case 'x-request-id':
      return combinedField(head.fields, name) ?? requestId;
    default:
      return combinedField(head.fields, name);
  }
}

function responseField(entry: LogEntry, name: string, view: FieldView): LogValue {
  if (name === ':status') return entry.status;
  if (name === 'location') return shownField(entry.responseFields, name, view);
  return combinedField(entry.responseFields, name) ?? (name === 'x-envoy-upstream-service-time' ? serviceTime(entry) : undefined);
}

/** A URL may carry what a request target may. */
function shownField(fields: readonly string[], name: string, view: FieldView): string | undefined {
  const value = combinedField(fields, name);
  return value === undefined ? undefined : view.shown(value);
}

function serviceTime({ upstream, responseMs }: LogEntry): number | undefined {
  return upstream === undefined || responseMs === undefined ? undefined : Math.round(responseMs);
}
