/**
 * What an Envoy cluster says of its endpoints besides where they are: limits, ejection, health checks. Absent fields have Envoy's defaults
 * (api/envoy/config/cluster/v3).
 */
import { parseDurationMs } from '@hikyaku/resources';
import type {
  ClusterPolicies,
  ConnectionPoolPolicy,
  HealthCheckPolicy,
  OutlierDetectionPolicy,
  Pem,
  UpstreamTls,
} from '../snapshot/cluster-policies.ts';
import type {
  EnvoyCluster,
  EnvoyDataSource,
  EnvoyHealthCheck,
  EnvoyHttp2Options,
  EnvoyOutlierDetection,
  EnvoyUpstreamTls,
} from './bootstrap.ts';

export function clusterPoliciesOf({
  lb_policy = 'ROUND_ROBIN',
  health_checks: [healthCheck] = [],
  outlier_detection: outliers,
  transport_socket: transport,
  ...limits
}: EnvoyCluster): ClusterPolicies {
  const connectionPool = connectionPoolOf(limits);
  // What is balanced by hash depends on the routes (hashing.ts).
  const isDefault = lb_policy !== 'ROUND_ROBIN' && lb_policy !== 'RANDOM';
  return {
    ...(!isDefault && { loadBalancer: { kind: lb_policy } }),
    ...(connectionPool && { connectionPool }),
    ...(outliers && { outlierDetection: outlierDetectionOf(outliers) }),
    ...(healthCheck && { healthCheck: healthCheckOf(healthCheck, limits.name) }),
    ...(transport && { tls: tlsOf(transport.typed_config) }),
  };
}

/** Envoy asks for no name unless one is written, and checks nothing unless it is told whom to trust. */
function tlsOf({ sni = '', common_tls_context: common = {} }: EnvoyUpstreamTls): UpstreamTls {
  const { trusted_ca: trusted, crl: revoked, match_typed_subject_alt_names: names = [] } = common.validation_context ?? {};
  const [shown] = common.tls_certificates ?? [];
  return {
    sni,
    isVerified: trusted !== undefined,
    ...(trusted && { trusted: pemOf(trusted) }),
    ...(revoked && { revoked: pemOf(revoked) }),
    ...(shown && { client: { certificate: pemOf(shown.certificate_chain), key: pemOf(shown.private_key) } }),
    ...(names.length > 0 && { subjectAltNames: names.map(({ matcher }) => matcher.exact) }),
  };
}

function pemOf({ filename, inline_string: pem = '' }: EnvoyDataSource): Pem {
  return filename === undefined ? { pem } : { file: filename };
}

const protocolOptions = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

/** What its endpoints are spoken to in: HTTP/1.1 unless the file says otherwise, in the present way or in the older one. */
export function protocolOf(cluster: Pick<EnvoyCluster, 'typed_extension_protocol_options' | 'http2_protocol_options'>): {
  protocol?: 'http2';
} {
  return http2OptionsOf(cluster) === undefined ? {} : { protocol: 'http2' };
}

function http2OptionsOf({
  typed_extension_protocol_options: extensions,
  http2_protocol_options: older,
}: Pick<EnvoyCluster, 'typed_extension_protocol_options' | 'http2_protocol_options'>): EnvoyHttp2Options | undefined {
  return extensions?.[protocolOptions]?.explicit_http_config?.http2_protocol_options ?? older;
}

function connectionPoolOf(cluster: Omit<EnvoyCluster, 'lb_policy'>): ConnectionPoolPolicy | undefined {
  const { connect_timeout, circuit_breakers, typed_extension_protocol_options: extensions } = cluster;
  const [limits] = circuit_breakers?.thresholds ?? [];
  const { max_concurrent_streams: streams } = http2OptionsOf(cluster) ?? {};
  const isCallers = extensions?.[protocolOptions]?.use_downstream_protocol_config !== undefined;
  if ([limits, connect_timeout, streams].every((value) => value === undefined) && !isCallers) return undefined;
  return {
    ...(streams !== undefined && { maxConcurrentStreams: streams }),
    ...(isCallers && { useClientProtocol: true }),
    ...(connect_timeout !== undefined && { connectTimeoutMs: parseDurationMs(connect_timeout) }),
    ...(limits && {
      maxConnections: limits.max_connections ?? 1024,
      maxPendingRequests: limits.max_pending_requests ?? 1024,
      maxRequests: limits.max_requests ?? 1024,
      maxRetries: limits.max_retries ?? 3,
    }),
  };
}

function outlierDetectionOf(written: EnvoyOutlierDetection): OutlierDetectionPolicy {
  return {
    consecutive5xxErrors: written.consecutive_5xx ?? 5,
    // Counted by Envoy too, but enforced only where a runtime key says so.
    consecutiveGatewayErrors: 0,
    consecutiveLocalOriginFailures: written.consecutive_local_origin_failure ?? 5,
    splitExternalLocalOriginErrors: written.split_external_local_origin_errors ?? false,
    intervalMs: parseDurationMs(written.interval ?? '10s'),
    baseEjectionMs: parseDurationMs(written.base_ejection_time ?? '30s'),
    maxEjectionMs: parseDurationMs(written.max_ejection_time ?? '300s'),
    maxEjectionPercent: written.max_ejection_percent ?? 10,
  };
}

/** Envoy sends the name of the cluster as Host, and wants a 200. The range of statuses ends before its `end`. */
function healthCheckOf({ http_health_check: http, ...check }: EnvoyHealthCheck, cluster: string): HealthCheckPolicy {
  return {
    intervalMs: parseDurationMs(check.interval),
    timeoutMs: parseDurationMs(check.timeout),
    healthyThreshold: check.healthy_threshold,
    unhealthyThreshold: check.unhealthy_threshold,
    ...(http && {
      http: {
        path: http.path,
        host: http.host ?? cluster,
        expectedStatuses: http.expected_statuses?.map(({ start, end }): [number, number] => [start, end - 1]) ?? [[200, 200]],
      },
    }),
  };
}
