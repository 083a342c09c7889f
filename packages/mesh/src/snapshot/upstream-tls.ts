/**
 * What a DestinationRule's `tls` says of connections to endpoints. Certificates in Secrets are taken out of them and checked here; those in files
 * are read by whoever connects.
 */
import { X509Certificate, createPrivateKey } from 'node:crypto';
import type { ClientTlsSettings } from '@hikyaku/resources';
import type { Pem, UpstreamTls } from './cluster-policies.ts';
import type { Warn } from './policy-values.ts';
import { caOf, findSecret, pem, Unusable } from './tls-secrets.ts';
import type { SecretPlaces } from './tls-secrets.ts';

export interface UpstreamTlsContext extends SecretPlaces {
  /** Of the ServiceEntry, which hold where the rule has none. */
  subjectAltNames?: readonly string[] | undefined;
  warn: Warn;
}

/** Undefined: connections are not encrypted. What cannot be carried out is said, and no connection is made then: plain text would be worse. */
export function upstreamTlsOf(settings: ClientTlsSettings, context: UpstreamTlsContext): UpstreamTls | undefined {
  switch (settings.mode ?? 'DISABLE') {
    case 'DISABLE':
      return undefined;
    case 'ISTIO_MUTUAL':
      context.warn(
        'mode ISTIO_MUTUAL is not carried out yet, because workloads have no identities: connections are not encrypted',
      );
      return undefined;
    default:
      return usable(settings, context);
  }
}

function usable(settings: ClientTlsSettings, context: UpstreamTlsContext): UpstreamTls {
  const { sni = '', insecureSkipVerify: isTrusting = false } = settings;
  const names = [settings.subjectAltNames, context.subjectAltNames].find((list) => list !== undefined && list.length > 0);
  const wanted = {
    isVerified: !isTrusting,
    ...(sni !== '' && { sni }),
    ...(names && { subjectAltNames: [...names] }),
  };
  try {
    return { ...wanted, ...credentialsOf(settings, context) };
  } catch (error) {
    if (!(error instanceof Unusable)) throw error;
    context.warn(`${error.message}, so no connection is made`);
    return { ...wanted, unusable: error.message };
  }
}

type Credentials = Pick<UpstreamTls, 'trusted' | 'revoked' | 'client'>;

function credentialsOf(settings: ClientTlsSettings, places: SecretPlaces): Credentials {
  const { credentialName = '', caCrl = '' } = settings;
  const found = credentialName === '' ? ofFiles(settings) : ofSecret(credentialName, settings, places);
  return { ...found, ...(caCrl !== '' && { revoked: { file: caCrl } }) };
}

function ofFiles({ mode, caCertificates = '', clientCertificate = '', privateKey = '' }: ClientTlsSettings): Credentials {
  if (mode === 'MUTUAL' && (clientCertificate === '' || privateKey === ''))
    throw new Unusable('mode MUTUAL needs a credentialName, or a clientCertificate and a privateKey');
  return {
    // Istio's word for what is meant where there is none.
    ...(caCertificates !== '' && caCertificates !== 'system' && { trusted: { file: caCertificates } }),
    ...(mode === 'MUTUAL' && { client: { certificate: { file: clientCertificate }, key: { file: privateKey } } }),
  };
}

function ofSecret(name: string, { mode, insecureSkipVerify }: ClientTlsSettings, places: SecretPlaces): Credentials {
  const ca = insecureSkipVerify === true ? undefined : trustedBy(name, places);
  if (mode !== 'MUTUAL') return { ...(ca && { trusted: ca }) };
  const secret = findSecret(name, places);
  const certificate = pem(secret, 'tls.crt', 'cert');
  const key = pem(secret, 'tls.key', 'key');
  checkPair(name, certificate, key);
  return { ...(ca && { trusted: ca }), client: { certificate: { pem: certificate }, key: { pem: key } } };
}

function trustedBy(name: string, places: SecretPlaces): Pem {
  const authority = caOf(name, places);
  check(`the CA of Secret ${name} is no certificate in PEM`, () => new X509Certificate(authority));
  return { pem: authority };
}

function checkPair(name: string, certificate: string, key: string): void {
  const leaf = check(`the certificate of Secret ${name} is none in PEM`, () => new X509Certificate(certificate));
  const own = check(`the key of Secret ${name} is no private key in PEM`, () => createPrivateKey(key));
  if (!leaf.checkPrivateKey(own)) throw new Unusable(`the key of Secret ${name} does not belong to its certificate`);
}

/** What OpenSSL says of a key that is none is kept to itself: its words may quote what it was given. */
function check<T>(what: string, make: () => T): T {
  try {
    return make();
  } catch {
    throw new Unusable(what);
  }
}
