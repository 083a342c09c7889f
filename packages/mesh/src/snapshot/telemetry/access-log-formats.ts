/**
 * The formats Istio's proxies log in when nobody says otherwise.
 */
import type { AccessLogFields, AccessLogFormat } from '../telemetry-settings.ts';

const operators = {
  start_time: '%START_TIME%',
  method: '%REQ(:METHOD)%',
  path: '%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%',
  protocol: '%PROTOCOL%',
  response_code: '%RESPONSE_CODE%',
  response_flags: '%RESPONSE_FLAGS%',
  response_code_details: '%RESPONSE_CODE_DETAILS%',
  connection_termination_details: '%CONNECTION_TERMINATION_DETAILS%',
  upstream_transport_failure_reason: '%UPSTREAM_TRANSPORT_FAILURE_REASON%',
  bytes_received: '%BYTES_RECEIVED%',
  bytes_sent: '%BYTES_SENT%',
  duration: '%DURATION%',
  upstream_service_time: '%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%',
  x_forwarded_for: '%REQ(X-FORWARDED-FOR)%',
  user_agent: '%REQ(USER-AGENT)%',
  request_id: '%REQ(X-REQUEST-ID)%',
  authority: '%REQ(:AUTHORITY)%',
  upstream_host: '%UPSTREAM_HOST%',
  upstream_cluster: '%UPSTREAM_CLUSTER_RAW%',
  upstream_local_address: '%UPSTREAM_LOCAL_ADDRESS%',
  downstream_local_address: '%DOWNSTREAM_LOCAL_ADDRESS%',
  downstream_remote_address: '%DOWNSTREAM_REMOTE_ADDRESS%',
  requested_server_name: '%REQUESTED_SERVER_NAME%',
  route_name: '%ROUTE_NAME%',
} satisfies AccessLogFields;

export const defaultJson: AccessLogFormat = { kind: 'json', fields: operators };

const o = operators;
const requestLine = `"${o.method} ${o.path} ${o.protocol}"`;
const outcome = `${o.response_code} ${o.response_flags} ${o.response_code_details} ${o.connection_termination_details} "${o.upstream_transport_failure_reason}"`;
const amounts = `${o.bytes_received} ${o.bytes_sent} ${o.duration} ${o.upstream_service_time}`;
const caller = `"${o.x_forwarded_for}" "${o.user_agent}" "${o.request_id}" "${o.authority}"`;
const upstream = `"${o.upstream_host}" ${o.upstream_cluster} ${o.upstream_local_address}`;
const downstream = `${o.downstream_local_address} ${o.downstream_remote_address} ${o.requested_server_name} ${o.route_name}`;

export const defaultText: AccessLogFormat = {
  kind: 'text',
  text: `[${o.start_time}] ${requestLine} ${outcome} ${amounts} ${caller} ${upstream} ${downstream}\n`,
};
