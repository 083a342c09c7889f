/**
 * The fields of an Envoy bootstrap file that are understood, as the checker of manifests reads schemas. A field that is not here may well be
 * Envoy's: it is named in a warning, because it has no effect.
 */
import type { Schema } from '@hikyaku/resources';

const text: Schema = { type: 'string' };
const count: Schema = { type: 'integer', minimum: 0 };
const flag: Schema = { type: 'boolean' };
const duration: Schema = { type: 'string', pattern: '^\\d+(\\.\\d+)?s$' };
/** Says nothing that could change where a request goes. */
const anything: Schema = {};

function object(properties: Record<string, Schema>, required: string[] = []): Schema {
  return { type: 'object', properties, required };
}

function oneOf(names: string[], { properties = {}, ...rest }: Schema): Schema {
  return { ...rest, properties, exclusive: names };
}

function list(items: Schema): Schema {
  return { type: 'array', items };
}

const address = object(
  {
    socket_address: object(
      { address: text, port_value: { type: 'integer', minimum: 0, maximum: 65_535 }, protocol: { enum: ['TCP'] } },
      ['address', 'port_value'],
    ),
  },
  ['socket_address'],
);

const regex = object({ regex: text, google_re2: anything }, ['regex']);
const stringMatch = oneOf(['exact', 'prefix', 'safe_regex'], object({ exact: text, prefix: text, safe_regex: regex }));

const headerToAdd = object(
  {
    header: object({ key: text, value: text }, ['key']),
    append_action: { enum: ['APPEND_IF_EXISTS_OR_ADD', 'OVERWRITE_IF_EXISTS_OR_ADD'] },
    append: flag,
  },
  ['header'],
);
const headerChanges: Record<string, Schema> = {
  request_headers_to_add: list(headerToAdd),
  request_headers_to_remove: list(text),
  response_headers_to_add: list(headerToAdd),
  response_headers_to_remove: list(text),
};

const match = oneOf(
  ['prefix', 'path', 'safe_regex', 'path_separated_prefix'],
  object({
    ...{ prefix: text, path: text, path_separated_prefix: text, safe_regex: regex, case_sensitive: flag },
    headers: list(
      object(
        {
          ...{ name: text, string_match: stringMatch, present_match: flag, invert_match: flag },
          ...{ exact_match: text, prefix_match: text, safe_regex_match: regex },
        },
        ['name'],
      ),
    ),
    query_parameters: list(object({ name: text, string_match: stringMatch, present_match: flag }, ['name'])),
  }),
);

const hashPolicy = oneOf(
  ['header', 'cookie', 'connection_properties', 'query_parameter'],
  object({
    header: object({ header_name: text }, ['header_name']),
    cookie: object({ name: text, ttl: duration, path: text }, ['name']),
    connection_properties: object({ source_ip: flag }),
    query_parameter: object({ name: text }, ['name']),
  }),
);

const routeAction = oneOf(
  ['cluster', 'weighted_clusters'],
  object({
    ...{ cluster: text, prefix_rewrite: text, host_rewrite_literal: text, timeout: duration },
    weighted_clusters: object({ clusters: list(object({ name: text, weight: count }, ['name'])) }, ['clusters']),
    regex_rewrite: object({ pattern: regex, substitution: text }, ['pattern']),
    retry_policy: object({ retry_on: text, num_retries: count, per_try_timeout: duration, retriable_status_codes: list(count) }),
    hash_policy: list(hashPolicy),
  }),
);

const redirect = object({
  ...{ https_redirect: flag, scheme_redirect: text, host_redirect: text, path_redirect: text },
  port_redirect: count,
  response_code: { enum: ['MOVED_PERMANENTLY', 'FOUND', 'SEE_OTHER', 'TEMPORARY_REDIRECT', 'PERMANENT_REDIRECT'] },
});

const route = oneOf(
  ['route', 'redirect', 'direct_response'],
  object(
    {
      ...{ name: text, match, route: routeAction, redirect, ...headerChanges },
      direct_response: object(
        { status: { type: 'integer', minimum: 200, maximum: 599 }, body: object({ inline_string: text }) },
        ['status'],
      ),
    },
    ['match'],
  ),
);

export const managerType =
  'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';
export const tcpProxyType = 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy';

const filterConfig = object(
  {
    '@type': { enum: [managerType, tcpProxyType] },
    ...{ stat_prefix: text, codec_type: { enum: ['AUTO', 'HTTP1', 'HTTP2'] }, cluster: text },
    route_config: object({
      name: anything,
      ...headerChanges,
      virtual_hosts: list(object({ name: text, domains: list(text), routes: list(route), ...headerChanges }, ['domains'])),
    }),
    http_filters: list(object({ name: text, typed_config: object({ '@type': text }) })),
  },
  ['@type'],
);

const healthCheck = oneOf(
  ['http_health_check', 'tcp_health_check'],
  object(
    {
      ...{ timeout: duration, interval: duration, healthy_threshold: count, unhealthy_threshold: count },
      http_health_check: object(
        { path: text, host: text, expected_statuses: list(object({ start: count, end: count }, ['start', 'end'])) },
        ['path'],
      ),
      tcp_health_check: object({}),
    },
    ['timeout', 'interval', 'healthy_threshold', 'unhealthy_threshold'],
  ),
);

const thresholds = object({
  priority: { enum: ['DEFAULT'] },
  ...{ max_connections: count, max_pending_requests: count, max_requests: count, max_retries: count },
});

const outlierDetection = object({
  ...{ consecutive_5xx: count, interval: duration, base_ejection_time: duration, max_ejection_time: duration },
  max_ejection_percent: { type: 'integer', minimum: 0, maximum: 100 },
  split_external_local_origin_errors: flag,
  consecutive_local_origin_failure: count,
});

const dataSource = oneOf(['filename', 'inline_string'], object({ filename: text, inline_string: text }));

const commonTls: Record<string, Schema> = {
  tls_certificates: list(
    object({ certificate_chain: dataSource, private_key: dataSource }, ['certificate_chain', 'private_key']),
  ),
  validation_context: object({
    trusted_ca: dataSource,
    crl: dataSource,
    match_typed_subject_alt_names: list(
      object({ san_type: { enum: ['DNS', 'URI'] }, matcher: object({ exact: text }, ['exact']) }, ['matcher']),
    ),
  }),
};

const upstreamTlsType = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext';

const upstreamTransport = object(
  {
    name: text,
    typed_config: object(
      {
        '@type': { enum: [upstreamTlsType] },
        sni: text,
        common_tls_context: object(commonTls),
      },
      ['@type'],
    ),
  },
  ['typed_config'],
);

const downstreamTlsType = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext';
const tlsVersion: Schema = { enum: ['TLS_AUTO', 'TLSv1_0', 'TLSv1_1', 'TLSv1_2', 'TLSv1_3'] };

const downstreamTransport = object(
  {
    name: text,
    typed_config: object(
      {
        '@type': { enum: [downstreamTlsType] },
        require_client_certificate: flag,
        common_tls_context: object({
          ...commonTls,
          tls_params: object({
            ...{ tls_minimum_protocol_version: tlsVersion, tls_maximum_protocol_version: tlsVersion, cipher_suites: list(text) },
          }),
          alpn_protocols: list(text),
        }),
      },
      ['@type'],
    ),
  },
  ['typed_config'],
);

const filterChain = object(
  {
    name: anything,
    filter_chain_match: object({ server_names: list(text), transport_protocol: { enum: ['tls', 'raw_buffer'] } }),
    filters: list(object({ name: text, typed_config: filterConfig }, ['typed_config'])),
    transport_socket: downstreamTransport,
  },
  ['filters'],
);

/** Whether there is TLS, and for which name, is looked at where a chain asks. */
const inspectorType = 'type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector';

const listener = object(
  {
    name: text,
    address,
    listener_filters: list(object({ name: anything, typed_config: object({ '@type': { enum: [inspectorType] } }) })),
    filter_chains: list(filterChain),
    default_filter_chain: filterChain,
  },
  ['address'],
);

const http2Options = object({ max_concurrent_streams: { type: 'integer', minimum: 1 } });

const protocolOptions = oneOf(
  ['explicit_http_config', 'use_downstream_protocol_config'],
  object({
    '@type': { enum: ['type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions'] },
    explicit_http_config: oneOf(
      ['http_protocol_options', 'http2_protocol_options'],
      object({ http_protocol_options: object({}), http2_protocol_options: http2Options }),
    ),
    use_downstream_protocol_config: object({ http_protocol_options: object({}), http2_protocol_options: object({}) }),
  }),
);

const cluster = object(
  {
    ...{ name: text, alt_stat_name: text },
    transport_socket: upstreamTransport,
    connect_timeout: duration,
    health_checks: list(healthCheck),
    circuit_breakers: object({ thresholds: list(thresholds) }),
    outlier_detection: outlierDetection,
    type: { enum: ['STATIC', 'STRICT_DNS', 'LOGICAL_DNS'] },
    dns_lookup_family: anything,
    lb_policy: { enum: ['ROUND_ROBIN', 'LEAST_REQUEST', 'RANDOM', 'RING_HASH', 'MAGLEV'] },
    ring_hash_lb_config: object({
      minimum_ring_size: { type: 'integer', minimum: 1, maximum: 65_536 },
      maximum_ring_size: anything,
    }),
    maglev_lb_config: object({ table_size: { type: 'integer', minimum: 2, maximum: 5_000_011 } }),
    typed_extension_protocol_options: object({ 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': protocolOptions }),
    http2_protocol_options: http2Options,
    load_assignment: object({
      cluster_name: anything,
      endpoints: list(
        object({
          lb_endpoints: list(
            object({ endpoint: object({ address }, ['address']), load_balancing_weight: { type: 'integer', minimum: 1 } }),
          ),
        }),
      ),
    }),
  },
  ['name'],
);

export const bootstrapSchema = object(
  {
    static_resources: object({ listeners: list(listener), clusters: list(cluster) }),
    admin: object({ address, access_log_path: anything, access_log: anything }),
    node: anything,
  },
  ['static_resources'],
);
