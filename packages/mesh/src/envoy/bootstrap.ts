/**
 * What of an Envoy bootstrap file is understood, typed; `bootstrap-schema.ts` says the same to the checker. Names are Envoy's v3 API's.
 */

export interface Bootstrap {
  static_resources: { listeners?: EnvoyListener[]; clusters?: EnvoyCluster[] };
  admin?: { address?: EnvoyAddress };
}

export interface EnvoyAddress {
  socket_address: { address: string; port_value: number };
}

export interface EnvoyListener {
  name?: string;
  address: EnvoyAddress;
  filter_chains?: EnvoyFilterChain[];
  /** Takes what no other chain does. */
  default_filter_chain?: EnvoyFilterChain;
}

export interface EnvoyFilterChain {
  /** Absent: every connection. */
  filter_chain_match?: { server_names?: string[]; transport_protocol?: 'tls' | 'raw_buffer' };
  filters: NetworkFilter[];
  transport_socket?: { typed_config: EnvoyDownstreamTls };
}

export interface EnvoyDownstreamTls {
  require_client_certificate?: boolean;
  common_tls_context?: EnvoyUpstreamTls['common_tls_context'] & {
    tls_params?: {
      tls_minimum_protocol_version?: string;
      tls_maximum_protocol_version?: string;
      cipher_suites?: string[];
    };
    alpn_protocols?: string[];
  };
}

export interface NetworkFilter {
  name?: string;
  typed_config: HttpConnectionManager | TcpProxy;
}

export interface HttpConnectionManager {
  '@type': string;
  stat_prefix?: string;
  route_config?: { virtual_hosts?: EnvoyVirtualHost[] } & HeaderChangesOfEnvoy;
  http_filters?: { name?: string; typed_config?: { '@type'?: string } }[];
}

export interface TcpProxy {
  '@type': string;
  cluster?: string;
}

export interface HeaderChangesOfEnvoy {
  request_headers_to_add?: HeaderValueOption[];
  request_headers_to_remove?: string[];
  response_headers_to_add?: HeaderValueOption[];
  response_headers_to_remove?: string[];
}

export interface HeaderValueOption {
  header: { key: string; value?: string };
  append_action?: 'APPEND_IF_EXISTS_OR_ADD' | 'OVERWRITE_IF_EXISTS_OR_ADD';
  /** The older way to say it. */
  append?: boolean;
}

export interface EnvoyVirtualHost extends HeaderChangesOfEnvoy {
  name?: string;
  domains: string[];
  routes?: EnvoyRoute[];
}

export interface EnvoyRoute extends HeaderChangesOfEnvoy {
  name?: string;
  match: EnvoyMatch;
  route?: EnvoyRouteAction;
  redirect?: EnvoyRedirect;
  direct_response?: { status: number; body?: { inline_string?: string } };
}

export interface EnvoyMatch {
  prefix?: string;
  path?: string;
  path_separated_prefix?: string;
  safe_regex?: { regex: string };
  case_sensitive?: boolean;
  headers?: EnvoyHeaderMatch[];
  query_parameters?: { name: string; string_match?: EnvoyStringMatch; present_match?: boolean }[];
}

export interface EnvoyStringMatch {
  exact?: string;
  prefix?: string;
  safe_regex?: { regex: string };
}

export interface EnvoyHeaderMatch {
  name: string;
  string_match?: EnvoyStringMatch;
  present_match?: boolean;
  invert_match?: boolean;
  exact_match?: string;
  prefix_match?: string;
  safe_regex_match?: { regex: string };
}

export interface EnvoyRouteAction {
  cluster?: string;
  weighted_clusters?: { clusters: { name: string; weight?: number }[] };
  prefix_rewrite?: string;
  regex_rewrite?: { pattern: { regex: string }; substitution?: string };
  host_rewrite_literal?: string;
  timeout?: string;
  retry_policy?: { retry_on?: string; num_retries?: number; per_try_timeout?: string; retriable_status_codes?: number[] };
  /** Where the cluster's endpoints are found by hash. */
  hash_policy?: EnvoyHashPolicy[];
}

/** One of them. */
export interface EnvoyHashPolicy {
  header?: { header_name: string };
  cookie?: { name: string; ttl?: string; path?: string };
  connection_properties?: { source_ip?: boolean };
  query_parameter?: { name: string };
}

export interface EnvoyRedirect {
  https_redirect?: boolean;
  scheme_redirect?: string;
  host_redirect?: string;
  port_redirect?: number;
  path_redirect?: string;
  response_code?: string;
}

export interface EnvoyCluster {
  name: string;
  alt_stat_name?: string;
  type?: string;
  lb_policy?: string;
  load_assignment?: { endpoints?: { lb_endpoints?: EnvoyLbEndpoint[] }[] };
  connect_timeout?: string;
  health_checks?: EnvoyHealthCheck[];
  circuit_breakers?: { thresholds?: EnvoyThresholds[] };
  outlier_detection?: EnvoyOutlierDetection;
  transport_socket?: { typed_config: EnvoyUpstreamTls };
  ring_hash_lb_config?: { minimum_ring_size?: number };
  maglev_lb_config?: { table_size?: number };
  typed_extension_protocol_options?: Record<string, EnvoyProtocolOptions>;
  /** The older way to say it. */
  http2_protocol_options?: EnvoyHttp2Options;
}

export interface EnvoyProtocolOptions {
  explicit_http_config?: { http2_protocol_options?: EnvoyHttp2Options };
  /** As the caller speaks. */
  use_downstream_protocol_config?: object;
}

export interface EnvoyHttp2Options {
  max_concurrent_streams?: number;
}

export interface EnvoyUpstreamTls {
  sni?: string;
  common_tls_context?: {
    tls_certificates?: { certificate_chain: EnvoyDataSource; private_key: EnvoyDataSource }[];
    /** Absent, or without an authority: whoever answers is trusted. */
    validation_context?: {
      trusted_ca?: EnvoyDataSource;
      crl?: EnvoyDataSource;
      match_typed_subject_alt_names?: { matcher: { exact: string } }[];
    };
  };
}

/** One of the two. */
export interface EnvoyDataSource {
  filename?: string;
  inline_string?: string;
}

export interface EnvoyLbEndpoint {
  endpoint?: { address: EnvoyAddress };
  load_balancing_weight?: number;
}

export interface EnvoyHealthCheck {
  timeout: string;
  interval: string;
  healthy_threshold: number;
  unhealthy_threshold: number;
  /** Absent: a connection that opens is enough. */
  http_health_check?: { path: string; host?: string; expected_statuses?: { start: number; end: number }[] };
}

export interface EnvoyThresholds {
  max_connections?: number;
  max_pending_requests?: number;
  max_requests?: number;
  max_retries?: number;
}

export interface EnvoyOutlierDetection {
  consecutive_5xx?: number;
  interval?: string;
  base_ejection_time?: string;
  max_ejection_time?: string;
  max_ejection_percent?: number;
  split_external_local_origin_errors?: boolean;
  consecutive_local_origin_failure?: number;
}
