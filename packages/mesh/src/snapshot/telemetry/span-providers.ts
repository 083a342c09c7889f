/**
 * The receivers of spans that MeshConfig names: `opentelemetry` and `zipkin` of `extensionProviders`, and Zipkin's address in
 * `defaultConfig.tracing`, which is how it was said before there were providers.
 */
import type { SpanExporter, TraceFormat } from '../telemetry-settings.ts';
import { field, flagAt, listAt, numberAt, textAt } from '../written-value.ts';

export interface SpanProvider {
  kind: 'spans';
  exporter: SpanExporter;
  /** Absent: W3C. */
  formats?: TraceFormat[];
}

type Warn = (message: string) => void;

/** The target of a host as written and a port; undefined, with a warning, when there is none. */
export type FindTarget = (host: string, port: number, warn: Warn) => SpanExporter['target'] | undefined;

/** OTLP over gRPC, as in Istio, unless `http` is there. */
export function opentelemetryProvider(written: unknown, findTarget: FindTarget, warn: Warn): SpanProvider | undefined {
  warnOfOthers(written, ['service', 'port', 'http', 'grpc'], warn);
  const target = targetOf(written, findTarget, warn);
  if (target === undefined) return undefined;
  const http = field(written, 'http');
  if (http !== undefined) {
    const headers = namedValues(listAt(http, 'headers'), warn);
    return { kind: 'spans', exporter: { protocol: 'otlp-http', target, path: textAt(http, 'path') ?? '/v1/traces', headers } };
  }
  if (numberAt(written, 'port') === 4318)
    warn('spans are sent over gRPC to port 4318, where receivers expect HTTP: say `http: { path: /v1/traces }` for that');
  const metadata = namedValues(listAt(written, 'grpc', 'initialMetadata'), warn);
  return { kind: 'spans', exporter: { protocol: 'otlp-grpc', target, headers: metadata } };
}

const zipkinPath = '/api/v2/spans';

export function zipkinProvider(written: unknown, findTarget: FindTarget, warn: Warn): SpanProvider | undefined {
  warnOfOthers(
    written,
    ['service', 'port', 'path', 'headers', 'traceContextOption', 'trace_context_option', 'enable64bitTraceId'],
    warn,
  );
  if (flagAt(written, 'enable64bitTraceId') === true) warn('ids of traces have 128 bits, whatever enable64bitTraceId says');
  const target = targetOf(written, findTarget, warn);
  if (target === undefined) return undefined;
  const headers = namedValues(listAt(written, 'headers'), warn);
  const withW3c = textAt(written, 'trace_context_option') === 'USE_B3_WITH_W3C_PROPAGATION';
  return {
    kind: 'spans',
    exporter: { protocol: 'zipkin', target, path: textAt(written, 'path') ?? zipkinPath, headers },
    formats: withW3c ? ['w3c', 'b3-multi'] : ['b3-multi'],
  };
}

/** `address` is a host with a port: `zipkin.istio-system:9411`. */
export function zipkinAt(address: string, findTarget: FindTarget, warn: Warn): SpanProvider | undefined {
  const [, service = '', port = ''] = /^(.+):(\d+)$/.exec(address) ?? [];
  if (service === '') {
    warn(`the address must be a host and a port, got ${address}`);
    return undefined;
  }
  return zipkinProvider({ service, port: Number(port) }, findTarget, warn);
}

/** The namespace that may stand before the host says only where Istio looks for it. */
function targetOf(written: unknown, findTarget: FindTarget, warn: Warn): SpanExporter['target'] | undefined {
  const host = textAt(written, 'service')?.replace(/^[^/]*\//, '') ?? '';
  return findTarget(host, numberAt(written, 'port') ?? 0, warn);
}

function namedValues(list: readonly unknown[], warn: Warn): Record<string, string> {
  const named = list.flatMap((each): [string, string][] => {
    const [name, value] = [textAt(each, 'name'), textAt(each, 'value')];
    if (name !== undefined && value === undefined) warn(`${name} is not sent: only values that stand here are`);
    return name === undefined || name === '' || value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(named);
}

function warnOfOthers(written: unknown, known: readonly string[], warn: Warn): void {
  const others =
    typeof written === 'object' && written !== null ? Object.keys(written).filter((name) => !known.includes(name)) : [];
  if (others.length > 0) warn(`${others.join(', ')} ${others.length === 1 ? 'is' : 'are'} not honoured by hikyaku yet`);
}
