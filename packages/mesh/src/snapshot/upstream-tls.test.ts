import type { ClientTlsSettings, Secret } from '@hikyaku/resources';
import { beforeAll, describe, expect, test } from 'vitest';
import { makeCertificate } from '../testing/certificates.ts';
import type { TestCertificate } from '../testing/certificates.ts';
import { destinationRule, endpointSlice, service } from '../testing/resources.ts';
import { compile } from './compile.ts';

let own: TestCertificate;
let other: TestCertificate;
beforeAll(async () => {
  [own, other] = await Promise.all([makeCertificate('client.test'), makeCertificate('ca.test')]);
});

type Data = (certificates: { own: TestCertificate; other: TestCertificate }) => Record<string, string>;

function secret(name: string, data: Data, namespace = 'default'): Secret {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData: data({ own, other }) };
}

function compiled(tls: ClientTlsSettings, secrets: Secret[] = [], ofPort = false) {
  const trafficPolicy = ofPort ? { portLevelSettings: [{ port: { number: 80 }, tls }] } : { tls };
  const { clusters, warnings } = compile({
    services: [service('web', { portName: 'http' })],
    endpointSlices: [endpointSlice('web', [{ address: '127.16.0.1', port: 8443 }], 'http')],
    pods: [],
    gateways: [],
    virtualServices: [],
    destinationRules: [destinationRule('web', { trafficPolicy })],
    secrets,
  });
  return { tls: clusters['web.default:80']?.tls, warnings };
}

const said = 'DestinationRule default/web: ';

describe('a DestinationRule’s tls', () => {
  test.each<[string, ClientTlsSettings, object | undefined]>([
    ['DISABLE', { mode: 'DISABLE' }, undefined],
    ['no mode, which is DISABLE', { sni: 'a.test' }, undefined],
    ['SIMPLE trusts what the machine trusts', { mode: 'SIMPLE' }, { isVerified: true }],
    ['caCertificates: system is the same', { mode: 'SIMPLE', caCertificates: 'system' }, { isVerified: true }],
    ['SIMPLE with a CA', { mode: 'SIMPLE', caCertificates: '/ca.pem' }, { isVerified: true, trusted: { file: '/ca.pem' } }],
    ['SIMPLE shows nothing', { mode: 'SIMPLE', clientCertificate: '/c', privateKey: '/k' }, { isVerified: true }],
    [
      'MUTUAL shows a certificate',
      { mode: 'MUTUAL', clientCertificate: '/c', privateKey: '/k', caCrl: '/crl' },
      { isVerified: true, client: { certificate: { file: '/c' }, key: { file: '/k' } }, revoked: { file: '/crl' } },
    ],
    [
      'names',
      { mode: 'SIMPLE', sni: 'a.test', subjectAltNames: ['b.test'] },
      { isVerified: true, sni: 'a.test', subjectAltNames: ['b.test'] },
    ],
    ['insecureSkipVerify', { mode: 'SIMPLE', insecureSkipVerify: true }, { isVerified: false }],
  ])('%s', (_, settings, expected) => {
    expect(compiled(settings)).toEqual({ tls: expected, warnings: [] });
    expect(compiled(settings, [], true)).toEqual({ tls: expected, warnings: [] });
  });

  test('ISTIO_MUTUAL is not encrypted, and that is said', () => {
    const { tls, warnings } = compiled({ mode: 'ISTIO_MUTUAL' });
    expect(tls).toBeUndefined();
    expect(warnings).toEqual([
      `${said}tls: mode ISTIO_MUTUAL is not carried out yet, because workloads have no identities: connections are not encrypted`,
    ]);
  });
});

describe('credentialName', () => {
  const simple: ClientTlsSettings = { mode: 'SIMPLE', credentialName: 'web-tls' };
  const mutual: ClientTlsSettings = { mode: 'MUTUAL', credentialName: 'web-tls' };
  const pair: Data = ({ own: { certificate, key } }) => ({ 'tls.crt': certificate, 'tls.key': key });

  test('has the CA, in the Secret itself or in one beside it, also where gateways are', () => {
    const ca: Data = ({ other: { certificate } }) => ({ cacert: certificate });
    const expected = { isVerified: true, trusted: { pem: other.certificate } };
    expect(compiled(simple, [secret('web-tls', ca)])).toEqual({ tls: expected, warnings: [] });
    expect(compiled(simple, [secret('web-tls-cacert', ca)])).toEqual({ tls: expected, warnings: [] });
    expect(compiled(simple, [secret('web-tls', ca, 'istio-system')])).toEqual({ tls: expected, warnings: [] });
  });

  test('has the certificate and key to be shown', () => {
    const whole: Data = (all) => ({ ...pair(all), 'ca.crt': all.other.certificate });
    expect(compiled(mutual, [secret('web-tls', whole)])).toEqual({
      tls: {
        isVerified: true,
        trusted: { pem: other.certificate },
        client: { certificate: { pem: own.certificate }, key: { pem: own.key } },
      },
      warnings: [],
    });
    const unverified = compiled({ ...mutual, insecureSkipVerify: true }, [secret('web-tls', pair)]);
    expect(unverified).toMatchObject({ tls: { isVerified: false, client: {} }, warnings: [] });
  });

  const places = 'in namespace default (nor in istio-system, istio-ingress)';
  test.each<[string, ClientTlsSettings, Secret[] | (() => Secret[]), string]>([
    ['no Secret', simple, [], `there is no Secret web-tls-cacert ${places}`],
    ['no Secret to show', { ...mutual, insecureSkipVerify: true }, [], `there is no Secret web-tls ${places}`],
    [
      'a key that is none',
      { ...mutual, insecureSkipVerify: true },
      () => [secret('web-tls', (all) => ({ ...pair(all), 'tls.key': 'SECRET' }))],
      'the key of Secret web-tls is no private key in PEM',
    ],
    [
      'a key of another certificate',
      { ...mutual, insecureSkipVerify: true },
      () => [secret('web-tls', (all) => ({ ...pair(all), 'tls.key': all.other.key }))],
      'the key of Secret web-tls does not belong to its certificate',
    ],
    [
      'a CA that is none',
      simple,
      () => [secret('web-tls', () => ({ 'ca.crt': 'SECRET' }))],
      'the CA of Secret web-tls is no certificate in PEM',
    ],
    [
      'no certificate with MUTUAL',
      { mode: 'MUTUAL' },
      [],
      'mode MUTUAL needs a credentialName, or a clientCertificate and a privateKey',
    ],
  ])('%s: no connection is made', (_, settings, secrets, why) => {
    const { tls, warnings } = compiled(settings, typeof secrets === 'function' ? secrets() : secrets);
    expect(tls?.unusable).toBe(why);
    expect(warnings).toEqual([`${said}tls: ${why}, so no connection is made`]);
  });
});
