/**
 * An Envoy DownstreamTlsContext as the settings of a server that ends TLS. Certificates in files are read once, when the bootstrap is, so that what
 * is wrong with them is known before anything is served.
 */
import type { FieldPath } from '@hikyaku/resources';
import type { TlsSettings, TlsVersion } from '../snapshot/snapshot.ts';
import { checkedSettings } from '../snapshot/tls-settings.ts';
import { Unusable } from '../snapshot/tls-secrets.ts';
import type { EnvoyDataSource, EnvoyDownstreamTls } from './bootstrap.ts';
import type { RouteReport } from './routes.ts';

/** The text of a file; throws when it cannot be read. */
export type ReadText = (path: string) => string;

/** Undefined, with an error in the report, when it cannot be served. */
export function downstreamTlsOf(
  context: EnvoyDownstreamTls,
  segments: FieldPath,
  report: RouteReport,
  read: ReadText,
): TlsSettings | undefined {
  const { tls_certificates: [shown, ...more] = [] } = context.common_tls_context ?? {};
  const at = [...segments, 'common_tls_context', 'tls_certificates'];
  if (shown === undefined) {
    report.error(at, 'is required: certificates from a management server (sds) are not read');
    return undefined;
  }
  if (more.length > 0) report.warn([...at, 1], 'has no effect here: the first certificate is shown');
  try {
    const checks = { ...paramsOf(context, segments, report), ...clientsOf(context, segments, report, read) };
    return checkedSettings({
      certificate: textOf(shown.certificate_chain, read),
      key: textOf(shown.private_key, read),
      ...checks,
    });
  } catch (error) {
    if (!(error instanceof Unusable)) throw error;
    report.error(at, `cannot be served: ${error.message}`);
    return undefined;
  }
}

function textOf({ filename, inline_string: pem = '' }: EnvoyDataSource, read: ReadText): string {
  if (filename === undefined) return pem;
  try {
    return read(filename);
  } catch (error) {
    throw new Unusable(`${filename} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** As in Envoy, a certificate that is shown has to be good, and has to be shown only where `require_client_certificate` says so. */
function clientsOf(
  { common_tls_context: common, require_client_certificate: isRequired = false }: EnvoyDownstreamTls,
  segments: FieldPath,
  report: RouteReport,
  read: ReadText,
): Pick<TlsSettings, 'clients'> {
  const { trusted_ca: trusted, ...checks } = common?.validation_context ?? {};
  // Serving without a check that is asked for would let in whom it keeps out.
  for (const name of Object.keys(checks))
    report.error(
      [...segments, 'common_tls_context', 'validation_context', name],
      'is not carried out for clients, and the listener is not served without it',
    );
  if (trusted !== undefined) return { clients: { ca: textOf(trusted, read), isRequired } };
  if (isRequired) report.error([...segments, 'require_client_certificate'], 'needs a validation_context with a trusted_ca');
  return {};
}

function paramsOf(
  { common_tls_context: common }: EnvoyDownstreamTls,
  segments: FieldPath,
  report: RouteReport,
): Partial<TlsSettings> {
  const { tls_params: params = {}, alpn_protocols: alpn = [] } = common ?? {};
  const offered = new Set(alpn.flatMap((names) => names.split(',')));
  if (offered.size > 0 && !(offered.has('h2') && offered.has('http/1.1')))
    report.warn([...segments, 'common_tls_context', 'alpn_protocols'], 'has no effect here: h2 and http/1.1 are offered');
  const [minVersion, maxVersion] = [
    versionOf(params.tls_minimum_protocol_version),
    versionOf(params.tls_maximum_protocol_version),
  ];
  return {
    ...(minVersion && { minVersion }),
    ...(maxVersion && { maxVersion }),
    ...(params.cipher_suites && params.cipher_suites.length > 0 && { cipherSuites: params.cipher_suites }),
  };
}

const versions: Readonly<Record<string, TlsVersion>> = {
  TLSv1_0: 'TLSv1', TLSv1_1: 'TLSv1.1', TLSv1_2: 'TLSv1.2', TLSv1_3: 'TLSv1.3',
}; // prettier-ignore

/** `TLS_AUTO` leaves it open. */
function versionOf(written = ''): TlsVersion | undefined {
  return versions[written];
}
