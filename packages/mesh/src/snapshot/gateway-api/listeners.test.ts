/** Cases after the Gateway API's conformance tests, by their names: what the listeners of a Gateway take. */
import type { TlsServer } from '../snapshot.ts';
import { describe, expect, test } from 'vitest';
import { makeCertificate } from '../../testing/certificates.ts';
import { conforms, httpRoute, to } from '../../testing/gateway-api-cases.ts';
import { gatewayWorld } from '../../testing/gateway-api.ts';

const certificate = await makeCertificate('shop.example');
const other = await makeCertificate('other.example');

const secret = ({ certificate: cert, key }: typeof certificate, name = 'shop-tls', namespace = 'default') => {
  const encoded = (text: string) => Buffer.from(text).toString('base64');
  return `---
apiVersion: v1
kind: Secret
metadata: { name: ${name}, namespace: ${namespace} }
data: { tls.crt: ${encoded(cert)}, tls.key: ${encoded(key)} }
`;
};

const gatewayOf = (...listeners: string[]) => `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: same }
spec:
  gatewayClassName: hikyaku
  listeners:
${listeners.map((listener) => `    - { ${listener} }\n`).join('')}`;

const http = (name: string, hostname = '', port = 80) =>
  `name: ${name}, port: ${port}, protocol: HTTP${hostname === '' ? '' : `, hostname: '${hostname}'`}`;
const https = (name: string, hostname = '', ref = '{ name: shop-tls }', port = 443) =>
  `${http(name, hostname, port).replace('HTTP', 'HTTPS')}, tls: { certificateRefs: [${ref}] }`;

/** To `v1`, at `/section`. */
const routeAt = (section: string, hostnames: string[] = []) =>
  httpRoute(
    `${hostnames.length === 0 ? '' : `  hostnames: [${hostnames.map((each) => `'${each}'`).join(', ')}]\n`}  rules: [{ matches: [{ path: { value: /${section} } }], ${to('v1')} }]\n`,
  ).replace('{ name: same }', `{ name: same, sectionName: ${section} }`);

const sections = { any: '', wide: '*.example.com', narrow: '*.foo.example.com', exact: 'abc.foo.example.com' };

const hosts: [host: string, section: keyof typeof sections][] = [
  ['bar.localhost', 'any'],
  ['bar.example.com', 'wide'],
  ['bar.foo.example.com', 'narrow'],
  ['abc.foo.example.com', 'exact'],
];

const isolation = hosts.flatMap(([host, own]) =>
  Object.keys(sections).map((section): [string, string] => [`http://${host}/${section}`, section === own ? 'v1' : '404']),
);

const listeners = gatewayOf(...Object.entries(sections).map(([name, hostname]) => http(name, hostname)));

describe('GatewayHTTPListenerIsolation, hostnames in listeners', () => {
  conforms(listeners + ['any', 'wide', 'narrow', 'exact'].map((section) => routeAt(section)).join(''), isolation);
});

describe('GatewayHTTPListenerIsolation, hostnames in routes as well', () => {
  const all = ['bar.localhost', '*.example.com', '*.foo.example.com', 'abc.foo.example.com'];
  conforms(listeners + ['any', 'wide', 'narrow', 'exact'].map((section) => routeAt(section, all)).join(''), isolation);
});

describe('a listener to which nothing is attached', () => {
  conforms(listeners + routeAt('any'), [
    ['http://bar.localhost/any', 'v1'],
    ['http://bar.example.com/any', '404'],
  ]);
});

describe('listeners of several Gateways on one port', () => {
  const second = gatewayOf(http('other', '*.localhost')).replace('same', 'second');
  conforms(`${gatewayOf(http('any'))}---\n${second}${routeAt('any', ['shop.localhost'])}`, [['http://shop.localhost/any', 'v1']]);
});

describe('HTTPRouteListenerPortMatching', () => {
  conforms(gatewayOf(http('one'), http('two', '', 8090)) + routeAt('one') + routeAt('two'), [
    ['http://localhost/one', 'v1'],
    ['http://localhost/two', '404'],
    ['http://localhost:8090/two', 'v1'],
    ['http://localhost:8090/one', '404'],
  ]);
});

describe('HTTPRouteHTTPSListener', () => {
  const world = gatewayOf(http('plain'), https('secure', 'shop.example'), https('more', '', '{ name: shop-tls }', 9443));
  conforms(world + routeAt('plain') + routeAt('secure') + routeAt('more') + secret(certificate), [
    ['http://localhost/secure', '404'],
    ['https://shop.example/secure', 'v1'],
    ['https://shop.example/plain', '404'],
    ['https://anything.example:9443/more', 'v1'],
    ['https://anything.example:9443/secure', '404'],
  ]);

  test('each listener shows the certificate of its Secret to those who ask for its hostname', () => {
    const { snapshot, warnings } = gatewayWorld(world + routeAt('secure') + secret(certificate));
    const shown = (servers: TlsServer[] = []) =>
      servers.map((server) => [server.hosts, server.kind === 'terminate' && server.settings.certificate]);
    expect(shown(snapshot.tls?.servers)).toEqual([[['shop.example'], certificate.certificate]]);
    expect(shown(snapshot.gatewayPorts?.[9443]?.servers)).toEqual([[['*'], certificate.certificate]]);
    expect(warnings).toEqual([]);
  });

  test('a renewed certificate is a change of that server alone', () => {
    const serversWith = (own: typeof certificate) => gatewayWorld(world + secret(own)).snapshot.tls?.servers;
    expect(serversWith(other)).toEqual([
      { kind: 'terminate', hosts: ['shop.example'], settings: { certificate: other.certificate, key: other.key } },
    ]);
  });
});

describe('a certificate', () => {
  const grant = (to: string) => `---
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: { name: certificates, namespace: other }
spec: { from: [{ group: gateway.networking.k8s.io, kind: Gateway, namespace: default }], to: [${to}] }
`;
  const inOther = '{ name: shop-tls, namespace: other }';
  const found = (ref: string, more: string) => {
    const { snapshot, warnings } = gatewayWorld(gatewayOf(https('secure', '', ref)) + more);
    return snapshot.tls === undefined ? warnings : 'served';
  };
  const theirs = secret(certificate, 'shop-tls', 'other');
  const notPermitted = [expect.stringContaining('no ReferenceGrant in namespace other lets a Gateway of namespace default')];
  const mixed = { certificate: certificate.certificate, key: other.key };
  test.each<[string, string, string, unknown]>([
    ['GatewaySecretMissingReferenceGrant', inOther, theirs, notPermitted],
    ['GatewaySecretInvalidReferenceGrant', inOther, theirs + grant("{ group: '', kind: Secret, name: x }"), notPermitted],
    ['GatewaySecretReferenceGrantSpecific', inOther, theirs + grant("{ group: '', kind: Secret, name: shop-tls }"), 'served'],
    ['GatewaySecretReferenceGrantAllInNamespace', inOther, theirs + grant("{ group: '', kind: Secret }"), 'served'],
    ['that is not there', '{ name: nobody }', '', [expect.stringContaining('there is no Secret nobody in namespace default')]],
    ['of an unknown kind', '{ kind: Vault, name: x }', '', [expect.stringContaining('Vault holds no certificate here')]],
    [
      'with the key of another one',
      '{ name: shop-tls }',
      secret(mixed),
      [expect.stringContaining('Secret shop-tls: the key does not belong to the certificate')],
    ],
  ])('%s', (_, ref, more, expected) => {
    expect(found(ref, more)).toEqual(expected);
  });
});

test('of several certificates the first is used, and that is said', () => {
  const listener = https('secure', '', '{ name: shop-tls }, { name: more }');
  const { snapshot, warnings } = gatewayWorld(gatewayOf(listener) + secret(certificate) + secret(other, 'more'));
  expect(snapshot.tls?.servers).toMatchObject([{ settings: { certificate: certificate.certificate } }]);
  expect(warnings).toEqual(['Gateway default/same, listener secure: of several tls.certificateRefs the first is used']);
});

test('a number that is for plain HTTP already is not for TLS', () => {
  const { warnings } = gatewayWorld(
    gatewayOf(http('plain'), https('secure', '', '{ name: shop-tls }', 80)) + secret(certificate),
  );
  expect(warnings).toEqual(['Gateway default/same, listener secure: port 80 is for plain HTTP already, by Gateway default/same']);
});
