/**
 * The `tls` of a Gateway's server, with its certificates taken out of Secrets and checked, so that what the proxy is given works.
 * What is wrong is said without a byte of what the Secret holds.
 */
import { createSecureContext } from 'node:tls';
import type { SecureVersion } from 'node:tls';
import { X509Certificate, createPrivateKey } from 'node:crypto';
import type { Secret } from '@hikyaku/resources';
import type { ServerTls } from './gateway-servers.ts';
import { memoized } from './memo.ts';
import type { TlsSettings } from './snapshot.ts';
import { caOf, findSecret, pem, Unusable } from './tls-secrets.ts';
import type { SecretPlaces } from './tls-secrets.ts';

export interface TlsContext extends SecretPlaces {
  warn(message: string): void;
}

/** Undefined, with a warning, when it cannot be served as written: it is then not served at all. */
export const tlsSettings = memoized((tls: ServerTls, context: TlsContext): TlsSettings | undefined => {
  try {
    return checkedSettings(readSettings(tls, context));
  } catch (error) {
    if (!(error instanceof Unusable)) throw error;
    context.warn(`${error.message}, so its hosts are not served`);
    return undefined;
  }
});

/** The certificate of a Secret of the type `kubernetes.io/tls`, or what is wrong with it. */
export const certificateOf = memoized((secret: Secret): { settings: TlsSettings } | { problem: string } => {
  try {
    return { settings: checkedSettings({ certificate: pem(secret, 'tls.crt'), key: pem(secret, 'tls.key') }) };
  } catch (error) {
    if (!(error instanceof Unusable)) throw error;
    return { problem: error.message };
  }
});

function readSettings(tls: ServerTls, context: TlsContext): TlsSettings {
  const unsupported = (['subjectAltNames', 'verifyCertificateHash', 'verifyCertificateSpki'] as const).find(
    (name) => (tls[name]?.length ?? 0) > 0,
  );
  // Serving without a check that is asked for would let in whom it keeps out.
  if (unsupported !== undefined) throw new Unusable(`tls.${unsupported} is not carried out yet`);
  if (tls.credentialName === undefined || tls.credentialName === '')
    throw new Unusable('tls.credentialName is missing, and certificates in files of a gateway container are not read');
  const secret = findSecret(tls.credentialName, context);
  const mode: string = tls.mode ?? 'SIMPLE';
  const asked = mode === 'MUTUAL' || mode === 'OPTIONAL_MUTUAL';
  const minVersion = version(tls.minProtocolVersion);
  const maxVersion = version(tls.maxProtocolVersion);
  return {
    certificate: pem(secret, 'tls.crt', 'cert'),
    key: pem(secret, 'tls.key', 'key'),
    ...(asked && { clients: { ca: caOf(tls.credentialName, context), isRequired: mode === 'MUTUAL' } }),
    ...(minVersion !== undefined && { minVersion }),
    ...(maxVersion !== undefined && { maxVersion }),
    ...(tls.cipherSuites !== undefined && tls.cipherSuites.length > 0 && { cipherSuites: tls.cipherSuites }),
  };
}

function version(written: string | undefined): TlsSettings['minVersion'] {
  const [, minor] = /^TLSV1_([0-3])$/.exec(written ?? '') ?? [];
  if (minor === undefined) return undefined;
  return minor === '0' ? 'TLSv1' : (`TLSv1.${minor}` as SecureVersion);
}

/** Throws `Unusable` when they cannot be served. What OpenSSL says of a key that is none is kept to itself: its words may quote what it was given. */
export function checkedSettings(settings: TlsSettings): TlsSettings {
  const attempt = <T>(what: string, make: () => T): T => {
    try {
      return make();
    } catch {
      throw new Unusable(what);
    }
  };
  const { certificate, key, clients, minVersion, maxVersion, cipherSuites } = settings;
  const leaf = attempt('the certificate is none in PEM', () => new X509Certificate(certificate));
  const privateKey = attempt('the key is no private key in PEM', () => createPrivateKey(key));
  if (!leaf.checkPrivateKey(privateKey)) throw new Unusable('the key does not belong to the certificate');
  if (clients !== undefined) attempt('the CA of clients is no certificate in PEM', () => new X509Certificate(clients.ca));
  attempt('the protocol versions or cipher suites are none that can be had here', () =>
    createSecureContext({
      cert: certificate,
      key,
      ...(minVersion && { minVersion }),
      ...(maxVersion && { maxVersion }),
      ...(cipherSuites && { ciphers: cipherSuites.join(':') }),
    }),
  );
  return settings;
}
