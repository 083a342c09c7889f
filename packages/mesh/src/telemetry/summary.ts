/**
 * The counts of each edge as a person reads them: how many, how well, how fast.
 */
import { destinationService } from './destination.ts';
import type { Edge, Series, TcpCounts } from './edges.ts';
import { Histogram, quantile } from './histogram.ts';
import { formatFlags } from './response-flags.ts';

export interface EdgeSummary {
  /** `namespace/workload`; the gateway and callers outside the mesh by their names alone. */
  source: string;
  /** `namespace/service`. */
  service: string;
  /** The workload that took the requests; absent where none was reached. */
  workload?: string;
  version?: string;
  requests: number;
  /** 5xx, and gRPC calls that did not end with OK. */
  failed: number;
  retries: number;
  /** Milliseconds, estimated from the classes of the histogram; absent where there are no requests. */
  latencyMs?: { p50: number; p95: number; p99: number };
  /** Requests by how they ended: `200`, `503 UH`, `200 grpc 14`. */
  ends: Record<string, number>;
  /** Connections carried as bytes. */
  tcp?: TcpCounts;
}

export function summarize(edges: Iterable<Edge>): EdgeSummary[] {
  return [...edges].filter(({ requests, tcp }) => requests.size > 0 || tcp !== undefined).map(summaryOf);
}

function summaryOf({ source, destination, cluster, requests, retries, tcp }: Edge): EdgeSummary {
  const all = [...requests.values()];
  const service = destinationService(cluster);
  const isKnown = destination.workload !== 'unknown';
  const latencyMs = latencyOf(all);
  return {
    source: nameOf(source.namespace, source.workload),
    service: nameOf(service.namespace, service.name),
    ...(isKnown && { workload: nameOf(destination.namespace, destination.workload), version: destination.version }),
    requests: total(all),
    failed: total(all.filter(isFailure)),
    retries,
    ...(latencyMs && { latencyMs }),
    ends: Object.fromEntries(all.map((series) => [endOf(series), series.count])),
    ...(tcp && { tcp: { ...tcp } }),
  };
}

export function nameOf(namespace: string, name: string): string {
  return namespace === 'unknown' || namespace === 'istio-system' ? name : `${namespace}/${name}`;
}

function total(series: readonly Series[]): number {
  return series.reduce((sum, { count }) => sum + count, 0);
}

function isFailure({ end: { status, grpcStatus } }: Series): boolean {
  return status >= 500 || (grpcStatus !== undefined && grpcStatus !== 0);
}

function endOf({ end: { status, flags, grpcStatus } }: Series): string {
  const parts = [
    status === 0 ? 'no answer' : String(status),
    grpcStatus !== undefined && `grpc ${grpcStatus}`,
    flags !== 0 && formatFlags(flags),
  ];
  return parts.filter((part) => part !== false).join(' ');
}

function latencyOf(series: readonly Series[]): EdgeSummary['latencyMs'] {
  const merged = new Histogram();
  for (const { durationMs } of series) merged.add(durationMs);
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((q) => quantile(merged.counts, q));
  return p50 === undefined || p95 === undefined || p99 === undefined ? undefined : { p50, p95, p99 };
}
