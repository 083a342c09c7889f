/**
 * TLS from the proxy to endpoints: whom it trusts, what it shows of itself, and whom the endpoint has to be. Files are read when the first
 * connection needs them, and again when they have changed.
 */
import { readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { checkServerIdentity, connect, createSecureContext, getCACertificates } from 'node:tls';
import type { ConnectionOptions, PeerCertificate, SecureContext, TLSSocket } from 'node:tls';
import type { Pem, UpstreamTls } from '../snapshot/cluster-policies.ts';

export interface TlsTarget {
  address: string;
  port: number;
  /** The name to ask for where the policy has none (SNI), which the certificate then has to be for. */
  serverName?: string | undefined;
  /** In the order of preference. */
  protocols: readonly string[];
  allowHalfOpen?: boolean;
}

/** There is nothing to connect with; the message says why, for people. */
export class Unprepared extends Error {}

/** How often files are looked at. */
const lookMs = 1_000;

export class TlsOrigination {
  readonly #policy: UpstreamTls;
  #context: SecureContext | undefined;
  #files = '';
  #lookedAt = -Infinity;

  constructor(policy: UpstreamTls) {
    this.#policy = policy;
  }

  /** To be called before `connect`. Throws `Unprepared`; what was good once stays in use. */
  prepare(): void {
    if (this.#policy.unusable !== undefined) throw new Unprepared(this.#policy.unusable);
    const now = performance.now();
    if (this.#context !== undefined && now - this.#lookedAt < lookMs) return;
    this.#lookedAt = now;
    const files = versions(this.#policy);
    if (this.#context !== undefined && files === this.#files) return;
    try {
      this.#context = contextOf(this.#policy);
      this.#files = files;
    } catch (error) {
      if (this.#context === undefined) throw error;
    }
  }

  /** The socket is still connecting; a handshake that fails is an error of it. */
  connect({ address, port, serverName, protocols, allowHalfOpen = false }: TlsTarget): TLSSocket {
    const { sni, subjectAltNames, isVerified } = this.#policy;
    const asked = sni ?? serverName;
    // As in Istio, a name that is written in the policy is asked for and not checked, unless the policy says so as well.
    const names = subjectAltNames ?? (sni === undefined && serverName !== undefined ? [serverName] : []);
    const options: ConnectionOptions & { allowHalfOpen: boolean } = {
      host: address,
      port,
      allowHalfOpen,
      ...(this.#context && { secureContext: this.#context }),
      // An address is no server name (RFC 6066 §3).
      servername: asked === undefined || isIP(asked) !== 0 ? '' : asked,
      ...(protocols.length > 0 && { ALPNProtocols: [...protocols] }),
      rejectUnauthorized: isVerified,
      checkServerIdentity: (_host, certificate) => (isVerified ? whyNotOneOf(names, certificate) : undefined),
    };
    return connect(options).setNoDelay(true);
  }
}

/** Endpoints of a cluster, and its connections, share what they are made with. */
const originations = new WeakMap<UpstreamTls, TlsOrigination>();

export function originationFor(policy: UpstreamTls): TlsOrigination {
  let origination = originations.get(policy);
  if (origination === undefined) originations.set(policy, (origination = new TlsOrigination(policy)));
  return origination;
}

function contextOf({ trusted, revoked, client }: UpstreamTls): SecureContext {
  return attempt('the certificates for TLS cannot be used', () =>
    createSecureContext({
      ca: trusted === undefined ? systemRoots() : [read(trusted)],
      ...(revoked && { crl: read(revoked) }),
      ...(client && { cert: read(client.certificate), key: read(client.key) }),
    }),
  );
}

let roots: string[] | undefined;

/** Node's own and, where they differ, those of the operating system. */
function systemRoots(): string[] {
  return (roots ??= [...new Set([...getCACertificates('default'), ...getCACertificates('system')])]);
}

function read(source: Pem): string | Buffer {
  if ('pem' in source) return source.pem;
  return attempt(`${source.file} cannot be read`, () => readFileSync(source.file));
}

/** What OpenSSL says of a key is kept to itself: its words may quote what it was given. */
function attempt<T>(what: string, make: () => T): T {
  try {
    return make();
  } catch (cause) {
    if (cause instanceof Unprepared) throw cause;
    const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
    throw new Unprepared(`${what}${code}`);
  }
}

function versions({ trusted, revoked, client }: UpstreamTls): string {
  return [trusted, revoked, client?.certificate, client?.key]
    .map((source) => {
      const stats = source !== undefined && 'file' in source ? statSync(source.file, { throwIfNoEntry: false }) : undefined;
      return stats === undefined ? '' : `${stats.ino}:${stats.mtimeMs}:${stats.size}`;
    })
    .join();
}

/** As Envoy does it: the name of the subject, which is for people, counts for nothing. */
function whyNotOneOf(names: readonly string[], certificate: PeerCertificate): Error | undefined {
  if (names.length === 0) return undefined;
  const { subjectaltname = '' } = certificate;
  const isFor = (name: string) =>
    name.includes('://')
      ? subjectaltname.split(', ').includes(`URI:${name}`)
      : subjectaltname !== '' && checkServerIdentity(name, certificate) === undefined;
  if (names.some(isFor)) return undefined;
  return new Error(`its certificate is for ${subjectaltname === '' ? 'nobody' : subjectaltname}, not for ${names.join(' or ')}`);
}
