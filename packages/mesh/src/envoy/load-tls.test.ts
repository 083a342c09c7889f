import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadBootstrap } from './load.ts';

const example = readFileSync(join(import.meta.dirname, '../../../../examples/envoy/tls.yaml'), 'utf8');

/** After one change to the example, whose certificates are not there. */
function findings(from: string, to: string): string[] {
  const text = example.replace(from, to);
  if (text === example) throw new Error('nothing changed');
  const { diagnostics } = loadBootstrap({ path: 'tls.yaml', text });
  return diagnostics
    .map(({ severity, message }) => `${severity} ${message}`)
    .filter((message) => !message.includes('shop.crt cannot be read'));
}

test('a certificate that cannot be read is an error at its place', () => {
  const { serving, diagnostics } = loadBootstrap({ path: 'tls.yaml', text: example });
  expect(serving).toBeUndefined();
  expect(diagnostics.map(({ severity, message }) => `${severity} ${message}`)).toEqual([
    expect.stringMatching(/^error .*tls_certificates cannot be served: certificates\/shop\.crt cannot be read: ENOENT/),
  ]);
});

const clients = (rest: string) => `common_tls_context:\n                validation_context: { ${rest} }`;

test.each<[string, string, string, RegExp | undefined]>([
  [
    'routes to one cluster that hash by different things',
    'route:\n                            cluster: stock',
    'route:\n                            hash_policy: [{ header: { header_name: x-a } }]\n                            cluster: carts',
    /^warning .*routes\[1\]\.route leads to carts, whose requests are hashed as the first route with a hash_policy says/,
  ],
  [
    'a cluster by hash without a hash_policy',
    'hash_policy: [{ cookie: { name: cart-session, path: /, ttl: 3600s } }]',
    'timeout: 3s',
    /^warning .*lb_policy finds nothing to hash: no route to carts has a hash_policy/,
  ],
  [
    'several things to hash by',
    'hash_policy: [{',
    'hash_policy: [{ connection_properties: { source_ip: true } }, {',
    /^warning .*hash_policy\[1\] has no effect here/,
  ],
  ['a hash of two things', '[{ cookie: {', '[{ query_parameter: { name: a }, cookie: {', /^error .*can have only one of/],
  [
    'a table of Maglev that is no prime',
    'lb_policy: RING_HASH\n      ring_hash_lb_config: { minimum_ring_size: 1024 }',
    'lb_policy: MAGLEV\n      maglev_lb_config: { table_size: 1000 }',
    /^error .*maglev_lb_config\.table_size must be a prime, not 1000/,
  ],
  ['Maglev', 'lb_policy: RING_HASH\n      ring_hash_lb_config: { minimum_ring_size: 1024 }', 'lb_policy: MAGLEV', undefined],
  [
    'clients that have to be certain people',
    'common_tls_context:',
    clients('trusted_ca: { inline_string: a }, match_typed_subject_alt_names: [{ matcher: { exact: a } }]'),
    /^error .*match_typed_subject_alt_names is not carried out for clients/,
  ],
  [
    'clients that have to show what nobody can check',
    'common_tls_context:',
    'require_client_certificate: true\n              common_tls_context:',
    /^error .*require_client_certificate needs a validation_context with a trusted_ca/,
  ],
  [
    'HTTP in what stays encrypted',
    'server_names: [ledger.localhost] }\n          filters:\n            - name: envoy.filters.network.tcp_proxy\n              typed_config:\n',
    "server_names: [ledger.localhost] }\n          filters:\n            - typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager, route_config: {} }\n        - filters:\n            - typed_config:\n",
    /^error .*filter_chains\[1\] needs a transport_socket/,
  ],
  [
    'other protocols over TLS than are offered',
    'alpn_protocols: [h2, http/1.1]',
    'alpn_protocols: [http/1.1]',
    /^warning .*alpn_protocols has no effect here/,
  ],
  [
    'two versions of HTTP for one cluster',
    'explicit_http_config: { http2',
    'explicit_http_config: { http_protocol_options: {}, http2',
    /^error .*explicit_http_config can have only one of/,
  ],
])('%s', (_, from, to, expected) => {
  const [found, ...others] = findings(from, to);
  if (expected === undefined) expect(found).toBeUndefined();
  else expect(found).toMatch(expected);
  expect(others.filter((message) => message.startsWith('error'))).toEqual([]);
});

test('plain chains cannot be told from each other', () => {
  const chain =
    '{ filters: [{ typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy, cluster: c } }] }';
  const text = `static_resources: { listeners: [{ address: { socket_address: { address: 127.0.0.1, port_value: 1 } }, filter_chains: [${chain}, ${chain}] }], clusters: [{ name: c, load_assignment: {} }] }`;
  const { diagnostics } = loadBootstrap({ path: 'plain.yaml', text });
  expect(diagnostics.map(({ message }) => message)).toEqual([
    expect.stringContaining('filter_chains[1] cannot be told from the first: without TLS one filter chain is served'),
  ]);
});
