/**
 * What is told of requests besides being counted: access logs and traces, as Telemetry resources and the mesh's own configuration
 * ask for. Part of the snapshot: plain JSON.
 */

export interface TelemetrySettings {
  /** The first is that of the mesh. */
  policies: TelemetryPolicy[];
  /** Index of the policy of the workload at that Pod address; those of the first are left out. */
  byAddress: Record<string, number>;
  /** Index of the gateway's. */
  gateway: number;
}

export interface TelemetryPolicy {
  /** For requests that the workload makes; at the gateway, for all. */
  client: SideTelemetry;
  /** For requests that the workload takes. */
  server: SideTelemetry;
}

export interface SideTelemetry {
  accessLogs: AccessLogPolicy[];
  /** Absent: nothing but the defaults is said about tracing. */
  tracing?: TracingPolicy;
}

export interface AccessLogPolicy {
  /** A request is logged once per provider, even when both its ends ask for that. */
  provider: string;
  format: AccessLogFormat;
  /** CEL: what is not true is not logged. Absent: everything is. */
  filter?: string;
}

/** Both are written in Envoy's command operators. */
export type AccessLogFormat =
  /** Ends with its own line feed, or has none. */
  { kind: 'text'; text: string } | { kind: 'json'; fields: AccessLogFields };

export interface AccessLogFields {
  [name: string]: string | AccessLogFields;
}

export interface TracingPolicy {
  /** Absent: spans go where the environment says, if it does. */
  exporter?: SpanExporter;
  /** Of the traces that begin here, between 0 and 100; one that began elsewhere is sampled as that says. */
  samplingPercent: number;
  isReported: boolean;
  /** In which the next hop is told besides those that the caller used. Absent: W3C. */
  formats?: readonly TraceFormat[];
  tags: Record<string, SpanTag>;
}

export type SpanTag = { literal: string } | { header: string; default?: string };

/** W3C Trace Context; B3 in one field, and in several. */
export type TraceFormat = 'w3c' | 'b3' | 'b3-multi';

/** A receiver of spans. */
export type SpanExporter = {
  /** A cluster of the snapshot, or an address outside of it. */
  target: { cluster: string } | { host: string; port: number };
  /** Header fields, or metadata of gRPC. */
  headers: Record<string, string>;
} & ({ protocol: 'otlp-http' | 'zipkin'; path: string } | { protocol: 'otlp-grpc' });
