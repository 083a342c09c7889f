import type { Gateway, Secret } from '@hikyaku/resources';
import { describe, expect, test } from 'vitest';
import { makeCertificate } from '../testing/certificates.ts';
import { gateway, httpServer, service, virtualService } from '../testing/resources.ts';
import { compile } from './compile.ts';
import type { MeshResources } from './compile.ts';
import type { Snapshot } from './snapshot.ts';

const shop = await makeCertificate('shop.example');
const other = await makeCertificate('other.example');

type Tls = NonNullable<NonNullable<NonNullable<Gateway['spec']>['servers']>[number]['tls']>;

function secret(name: string, data: Record<string, string>, namespace = 'default'): Secret {
  const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    data: Object.fromEntries(encoded) as Record<string, string>,
  };
}

const shopSecret = secret('shop-tls', { 'tls.crt': shop.certificate, 'tls.key': shop.key });

function tlsServer(hosts: string[], tls: Tls, protocol = 'HTTPS') {
  return { port: { number: 443, name: 'https', protocol }, hosts, tls };
}

const toWeb = { route: [{ destination: { host: 'web' } }] };

function compiled(change: Partial<MeshResources>): Snapshot {
  return compile({
    services: [service('web')],
    endpointSlices: [],
    pods: [],
    gateways: [],
    virtualServices: [virtualService('shop', { hosts: ['*'], gateways: ['public'], http: [toWeb] })],
    ...change,
  });
}

const simple: Tls = { mode: 'SIMPLE', credentialName: 'shop-tls' };

describe('a server with HTTPS', () => {
  test('has the certificate of its Secret and the routes of its VirtualServices', () => {
    const { tls, virtualHosts, warnings } = compiled({
      gateways: [gateway('public', [tlsServer(['shop.example'], simple)])],
      secrets: [shopSecret],
    });
    expect(tls?.servers).toEqual([
      { kind: 'terminate', hosts: ['shop.example'], settings: { certificate: shop.certificate, key: shop.key } },
    ]);
    expect(tls?.virtualHosts.map(({ domain, routes }) => [domain, routes.length])).toEqual([['shop.example', 1]]);
    expect(virtualHosts).toEqual([]);
    expect(warnings).toEqual([]);
  });

  test('takes the older names of entries, a CA for clients, versions and ciphers', () => {
    const data = { cert: shop.certificate, key: shop.key, cacert: other.certificate };
    const asked: Tls = {
      mode: 'MUTUAL',
      credentialName: 'old',
      minProtocolVersion: 'TLSV1_2',
      maxProtocolVersion: 'TLSV1_3',
      cipherSuites: ['ECDHE-ECDSA-AES128-GCM-SHA256'],
    };
    const { tls, warnings } = compiled({
      gateways: [gateway('public', [tlsServer(['*'], asked)])],
      secrets: [secret('old', data, 'istio-system')],
    });
    expect(warnings).toEqual([]);
    expect(tls?.servers[0]).toMatchObject({
      settings: {
        clients: { ca: other.certificate, isRequired: true },
        minVersion: 'TLSv1.2',
        maxVersion: 'TLSv1.3',
        cipherSuites: ['ECDHE-ECDSA-AES128-GCM-SHA256'],
      },
    });
  });

  test.each<[string, Tls, Record<string, string>, RegExp]>([
    ['without its Secret', { mode: 'SIMPLE', credentialName: 'none' }, {}, /no Secret none in namespace default/],
    ['without credentialName', { mode: 'SIMPLE' }, {}, /credentialName is missing/],
    ['without a key', simple, { 'tls.crt': shop.certificate }, /Secret shop-tls has no tls\.key or key/],
    ['with a key that is none', simple, { 'tls.crt': shop.certificate, 'tls.key': 'hunter2' }, /the key is no private key/],
    ['with a certificate that is none', simple, { 'tls.crt': 'nonsense', 'tls.key': shop.key }, /the certificate is none/],
    ['with the key of another', simple, { 'tls.crt': shop.certificate, 'tls.key': other.key }, /does not belong/],
    [
      'without a CA for its clients',
      { ...simple, mode: 'MUTUAL' },
      { 'tls.crt': shop.certificate, 'tls.key': shop.key },
      /no Secret shop-tls-cacert/,
    ],
    [
      'with unknown ciphers',
      { ...simple, cipherSuites: ['NONE-SUCH'] },
      { 'tls.crt': shop.certificate, 'tls.key': shop.key },
      /cipher suites/,
    ],
    [
      'with a check of names',
      { ...simple, subjectAltNames: ['a'] },
      { 'tls.crt': shop.certificate, 'tls.key': shop.key },
      /subjectAltNames/,
    ],
    ['with ISTIO_MUTUAL', { mode: 'ISTIO_MUTUAL' }, {}, /ISTIO_MUTUAL is not carried out/],
  ])('%s is not served, and the warning says why without a byte of the Secret', (_, asked, data, why) => {
    const { tls, warnings } = compiled({
      gateways: [gateway('public', [tlsServer(['shop.example'], asked)])],
      secrets: [secret('shop-tls', data)],
    });
    expect(tls).toBeUndefined();
    expect(warnings).toEqual([expect.stringMatching(why)]);
    expect(warnings.join()).not.toMatch(/hunter2|BEGIN|nonsense/);
  });
});

test('httpsRedirect sends the whole host to TLS, whatever its rules', () => {
  const redirecting = { ...httpServer(['shop.example']), tls: { httpsRedirect: true } };
  const { virtualHosts } = compiled({
    gateways: [gateway('public', [redirecting, tlsServer(['shop.example'], simple)])],
    secrets: [shopSecret],
  });
  expect(virtualHosts).toEqual([
    {
      domain: 'shop.example',
      routes: [
        expect.objectContaining({ action: { kind: 'redirect', status: 301, scheme: 'https', derivePort: 'GATEWAY_TLS_PORT' } }),
      ],
    },
  ]);
});

test('tls rules lead names that are passed through to destinations', () => {
  const { tls } = compiled({
    gateways: [gateway('public', [tlsServer(['*.example'], { mode: 'PASSTHROUGH' }, 'TLS')])],
    virtualServices: [
      virtualService('shop', {
        hosts: ['shop.example', 'elsewhere.test'],
        gateways: ['public'],
        tls: [
          {
            match: [{ sniHosts: ['shop.example', 'elsewhere.test'], port: 443 }],
            route: [{ destination: { host: 'web', port: { number: 80 } } }],
          },
        ],
      }),
    ],
  });
  expect(tls?.servers).toEqual([
    {
      kind: 'passthrough',
      hosts: ['shop.example'],
      name: 'VirtualService default/shop, tls rule 1',
      destinations: [{ cluster: 'web.default:80', weight: 1 }],
    },
  ]);
});
