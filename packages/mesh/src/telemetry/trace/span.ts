/**
 * A hop as an OpenTelemetry span in OTLP's JSON (opentelemetry-proto, trace.proto), with the attributes Istio's proxies give theirs.
 */
import type { Peer } from '../../snapshot/snapshot.ts';
import type { SpanTag } from '../../snapshot/telemetry-settings.ts';
import { combinedField } from '../../http/fields.ts';
import type { LogEntry } from '../access-log/entry.ts';
import { redactQuery } from '../access-log/redact.ts';
import { destinationService } from '../destination.ts';
import { unknownPeer } from '../peers.ts';
import { formatFlags } from '../response-flags.ts';
import type { Hop } from './hop.ts';

export interface FinishedHop {
  entry: LogEntry;
  hop: Hop;
  /** Whose hop it is: the caller's, as with a sidecar, or the gateway's. */
  source: Peer;
  isEdge: boolean;
  tags: Readonly<Record<string, SpanTag>>;
}

/** A span, and the name of the service it belongs to. */
export interface ServiceSpan {
  service: string;
  span: OtlpSpan;
}

export interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  traceState?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: OtlpAttribute[];
  status: { code?: number };
}

export interface OtlpAttribute {
  key: string;
  value: { stringValue: string } | { intValue: string };
}

export const spanKinds = { server: 2, client: 3 } as const;
export const statusError = 2;

export function spanOf({ entry, hop, source, isEdge, tags }: FinishedHop): ServiceSpan {
  const traceState = combinedField(entry.head.fields, 'tracestate');
  return {
    service: source === unknownPeer ? 'hikyaku-proxy' : `${source.canonicalService}.${source.namespace}`,
    span: {
      traceId: hop.traceId,
      spanId: hop.spanId,
      ...(hop.parentId !== undefined && { parentSpanId: hop.parentId }),
      ...(traceState !== undefined && { traceState }),
      name: operationOf(entry),
      kind: isEdge ? spanKinds.server : spanKinds.client,
      startTimeUnixNano: nanoseconds(entry.startedAt.getTime()),
      endTimeUnixNano: nanoseconds(entry.startedAt.getTime() + entry.durationMs),
      attributes: [...attributesOf(entry, source), ...tagsOf(entry, tags)].map(([key, value]) => attribute(key, value)),
      status: isError(entry) ? { code: statusError } : {},
    },
  };
}

/** Istio's way to name it: the destination, not the path, whose values are too many. */
function operationOf({ cluster, head }: LogEntry): string {
  if (cluster === undefined) return head.method;
  const [, port = ''] = /:(\d+)/.exec(cluster) ?? [];
  return `${destinationService(cluster).host}:${port}/*`;
}

type Attribute = [key: string, value: string | number];

function attributesOf(entry: LogEntry, source: Peer): Attribute[] {
  const { head, status, flags, upstream, cluster, attempts, requestBytes, responseBytes, remoteAddress, grpcStatus } = entry;
  const optional: [string, string | number | undefined][] = [
    ['guid:x-request-id', entry.requestId ?? combinedField(head.fields, 'x-request-id')],
    ['user_agent', combinedField(head.fields, 'user-agent')],
    ['upstream_cluster', cluster],
    ['upstream_address', upstream && `${upstream.address}:${upstream.port}`],
    ['grpc.status_code', grpcStatus],
    ['hikyaku.route', entry.route],
    ['hikyaku.retries', attempts > 1 ? attempts - 1 : undefined],
    ['hikyaku.reason', entry.reason],
  ];
  return [
    ['component', 'proxy'],
    ['http.method', head.method],
    ['http.url', `http://${head.host ?? ''}${redactQuery(head.target)}`],
    ['http.protocol', head.majorVersion === 2 ? 'HTTP/2' : `HTTP/1.${head.minorVersion}`],
    ['http.status_code', status],
    ['request_size', requestBytes],
    ['response_size', responseBytes],
    ['response_flags', formatFlags(flags)],
    ['peer.address', remoteAddress],
    ['istio.canonical_service', source.canonicalService],
    ['istio.canonical_revision', source.canonicalRevision],
    ['istio.namespace', source.namespace],
    ...optional.flatMap(([key, value]): Attribute[] => (value === undefined ? [] : [[key, value]])),
  ];
}

function tagsOf({ head }: LogEntry, tags: FinishedHop['tags']): Attribute[] {
  return Object.entries(tags).flatMap(([key, tag]): Attribute[] => {
    const value = 'literal' in tag ? tag.literal : (combinedField(head.fields, tag.header) ?? tag.default);
    return value === undefined ? [] : [[key, value]];
  });
}

function attribute(key: string, value: string | number): OtlpAttribute {
  return { key, value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value } };
}

function isError({ status, grpcStatus }: LogEntry): boolean {
  return status >= 500 || status === 0 || (grpcStatus !== undefined && grpcStatus !== 0);
}

/** 64-bit integers are text in OTLP's JSON; a double would round them. */
function nanoseconds(epochMs: number): string {
  return String(BigInt(Math.round(epochMs * 1000)) * 1000n);
}

/** An export request, with spans as they are given. */
export function exportRequest<S>(spans: readonly { service: string; span: S }[]) {
  return {
    resourceSpans: [...Map.groupBy(spans, ({ service }) => service)].map(([service, own]) => ({
      resource: { attributes: [attribute('service.name', service), attribute('telemetry.sdk.name', 'hikyaku')] },
      scopeSpans: [{ scope: { name: 'hikyaku-proxy' }, spans: own.map(({ span }) => span) }],
    })),
  };
}
