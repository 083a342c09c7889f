import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadBootstrap } from './load.ts';

const example = readFileSync(join(import.meta.dirname, '../../../../examples/envoy/envoy.yaml'), 'utf8');

/** `severity message` of each finding after one change to the example; all must be at the line of the change. */
function findings(from: string, to: string): string[] {
  const text = example.replace(from, to);
  if (text === example) throw new Error('nothing changed');
  const { serving, diagnostics } = loadBootstrap({ path: 'envoy.yaml', text });
  const hasError = diagnostics.some(({ severity }) => severity === 'error');
  expect(serving === undefined).toBe(hasError);
  const line = example.slice(0, example.indexOf(from)).split('\n').length;
  expect(new Set(diagnostics.map((diagnostic) => diagnostic.line))).toEqual(new Set([line]));
  return diagnostics.map(({ severity, message }) => `${severity} ${message}`);
}

test.each<[string, string, string, RegExp]>([
  [
    'a field that is not carried out',
    'timeout: 3s',
    'timeout: 3s, priority: HIGH',
    /^warning .*route\.priority has no effect here/,
  ],
  [
    'a misspelt field',
    'prefix_rewrite: /one',
    'prefix_rewrit: /one',
    /^warning .*prefix_rewrit has no effect here; did you mean prefix_rewrite\?/,
  ],
  ['a cluster that is not there', 'cluster: service1,', 'cluster: nobody,', /^error .*route\.cluster names the cluster nobody/],
  ['no cluster at all', 'cluster: service1, ', '', /^error .*route needs a cluster/],
  ['a regular expression that is not RE2', '/version/v[0-9]+', '(?=x)', /^error .*match cannot be read: .*is not RE2/],
  [
    'a condition that is not understood',
    "exact: 'yes'",
    "suffix: 's'",
    /^error .*match cannot be read: a string match needs one of/,
  ],
  ['two conditions on the path', 'path: /old', 'path: /old, prefix: /', /^error .*match can have only one of prefix and path/],
  ['a wrong type', 'port_value: 10000', "port_value: 'x'", /^error .*port_value must be a whole number/],
  [
    'every address',
    'address: 127.0.0.1, port_value: 10000',
    'address: 0.0.0.0, port_value: 10000',
    /^warning .*0\.0\.0\.0 means 127\.0\.0\.1 here/,
  ],
  [
    'an address elsewhere',
    'address: localhost',
    'address: service1.example',
    /^error .*service1\.example is not on this machine; use 127\.0\.0\.1/,
  ],
  ['a wildcard in the middle', "domains: ['*']", "domains: ['a.*.b']", /^error .*may have a \* at its beginning only/],
  [
    'no action',
    '- match: { path: /old }\n                          redirect: { path_redirect: /service/1, response_code: FOUND }',
    '- match: { path: /old }',
    /^error .*needs one of route, redirect, direct_response/,
  ],
])('%s', (_, from, to, expected) => {
  expect(findings(from, to).join('\n')).toMatch(expected);
});

test('a filter that is not carried out is named', () => {
  expect(
    findings(
      '- name: envoy.filters.http.router\n',
      '- name: envoy.filters.http.lua\n                  - name: envoy.filters.http.router\n',
    ),
  ).toEqual([
    expect.stringMatching(
      /^warning .*http_filters\[0\] has no effect here: of HTTP filters only the router is carried out, not envoy\.filters\.http\.lua/,
    ),
  ]);
});

test.each([
  ['by its name', '- name: envoy.filters.http.rbac'],
  [
    'by its type',
    `- name: who-may
                    typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication }`,
  ],
])('a filter that keeps somebody out is never left out: %s', (_, filter) => {
  const more = `${filter}\n                  - name: envoy.filters.http.router\n`;
  expect(findings('- name: envoy.filters.http.router\n', more)).toEqual([
    expect.stringMatching(/^error .*http_filters\[0\] \S+ is not carried out, and the listener is not served without it/),
  ]);
});

test.each(['', 'a: [', '- 1', 'static_resources: {}'])('%j is a mistake with a message, never an exception', (text) => {
  const { serving, diagnostics } = loadBootstrap({ path: 'envoy.yaml', text });
  expect(serving).toBeUndefined();
  expect(diagnostics.length).toBeGreaterThan(0);
});

test('limits, ejection, health checks and weights of a cluster are carried out', () => {
  const policies = `type: STRICT_DNS
      connect_timeout: 0.25s
      circuit_breakers: { thresholds: [{ max_connections: 7 }] }
      outlier_detection: { consecutive_5xx: 3, base_ejection_time: 15s }
      health_checks:
        - { timeout: 1s, interval: 5s, healthy_threshold: 2, unhealthy_threshold: 3, http_health_check: { path: /health, expected_statuses: [{ start: 200, end: 300 }] } }`;
  const text = example
    .replace('type: STRICT_DNS', policies)
    .replace('port_value: 8081 } } }', 'port_value: 8081 } } }\n                load_balancing_weight: 4');
  const { serving, diagnostics } = loadBootstrap({ path: 'envoy.yaml', text });
  expect(diagnostics).toEqual([]);
  expect(serving?.clusters.service1).toMatchObject({
    endpoints: [{ port: 8081, weight: 4 }],
    loadBalancer: { kind: 'ROUND_ROBIN' },
    connectionPool: { connectTimeoutMs: 250, maxConnections: 7, maxPendingRequests: 1024, maxRequests: 1024, maxRetries: 3 },
    outlierDetection: { consecutive5xxErrors: 3, intervalMs: 10_000, baseEjectionMs: 15_000, maxEjectionPercent: 10 },
    healthCheck: {
      ...{ intervalMs: 5000, timeoutMs: 1000, healthyThreshold: 2, unhealthyThreshold: 3 },
      http: { path: '/health', host: 'service1', expectedStatuses: [[200, 299]] },
    },
  });
});

test.each<[string, string, object]>([
  ['nothing is checked where nobody is trusted', '', { sni: '', isVerified: false }],
  [
    'names, authorities and certificates',
    `sni: api.test, common_tls_context: {
          tls_certificates: [{ certificate_chain: { filename: c.pem }, private_key: { inline_string: K } }],
          validation_context: { trusted_ca: { filename: ca.pem }, match_typed_subject_alt_names: [{ san_type: DNS, matcher: { exact: api.test } }] } }`,
    {
      sni: 'api.test',
      isVerified: true,
      trusted: { file: 'ca.pem' },
      client: { certificate: { file: 'c.pem' }, key: { pem: 'K' } },
      subjectAltNames: ['api.test'],
    },
  ],
])('TLS to a cluster: %s', (_, context, expected) => {
  const type = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext';
  const socket = `transport_socket: { name: envoy.transport_sockets.tls, typed_config: { '@type': ${type}${context === '' ? '' : `, ${context}`} } }`;
  const { serving, diagnostics } = loadBootstrap({
    path: 'envoy.yaml',
    text: example.replace('type: STRICT_DNS', `type: STRICT_DNS\n      ${socket}`),
  });
  expect(diagnostics).toEqual([]);
  expect(serving?.clusters.service1?.tls).toEqual(expected);
});
