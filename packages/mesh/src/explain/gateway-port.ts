/**
 * At which of the gateway's ports a request from outside arrives.
 */
import type { Snapshot, VirtualHost } from '../snapshot/snapshot.ts';
import { BadRequestError } from './request.ts';
import type { AskedHead } from './request.ts';

/** At one that Gateways name, or at the gateway's own for the scheme, whose numbers the snapshot does not hold. */
export function virtualHostsAt({ scheme, port }: AskedHead, { virtualHosts, tls, gatewayPorts = {} }: Snapshot): VirtualHost[] {
  const isTls = scheme === 'https';
  const named = gatewayPorts[port];
  if (named !== undefined && (named.servers !== undefined) === isTls) return named.virtualHosts;
  const own = isTls ? tls?.virtualHosts : virtualHosts;
  if (own === undefined) throw new BadRequestError('no Gateway serves TLS: ask for the http URL');
  return own;
}
