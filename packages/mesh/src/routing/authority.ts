/**
 * Who a request is for: the Host header (RFC 9110 §7.2) taken apart, and the check against DNS rebinding.
 */

export interface Authority {
  /** Lower case, without a trailing dot; IPv6 addresses keep their brackets. */
  host: string;
  /** Absent when the scheme's own is meant. */
  port?: number;
}

const hostAndPort = /^(\[[0-9a-f:.]+\]|[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_-])?)\.?(?::(\d{1,5}))?$/;

/** Nearly every request asks for the host that the one before it asked for. */
let latest: { value: string; authority: Authority | undefined } | undefined;

/** Undefined when the value is no host name or address with an optional port. The same object for the same value may be given again. */
export function parseAuthority(value: string): Readonly<Authority> | undefined {
  if (latest?.value !== value) latest = { value, authority: parse(value) };
  return latest.authority;
}

function parse(value: string): Authority | undefined {
  const [, host, port] = hostAndPort.exec(value.toLowerCase()) ?? [];
  if (host === undefined) return undefined;
  return port === undefined ? { host } : { host, port: Number(port) };
}

/**
 * Whether a name can only mean this machine. A page of some other site can make its own name resolve to 127.0.0.1 and then read
 * answers meant for the person at this machine; its requests carry that name, so any other name must be configured to be served.
 */
export function isLoopbackName(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || host === '127.0.0.1' || host === '[::1]';
}

/** One of those that all lead to this machine, and that no name elsewhere can stand for. */
export function isLoopbackAddress(host: string): boolean {
  return /^127(\.\d{1,3}){3}$/.test(host);
}
