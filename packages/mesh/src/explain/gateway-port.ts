/**
 * At which of the gateway's ports a request from outside arrives.
 */
import type { Snapshot, VirtualHost } from '../snapshot/snapshot.ts';
import { BadRequestError } from './request.ts';
import type { AskedHead } from './request.ts';

export interface ArrivalPort {
  virtualHosts: VirtualHost[];
  /** What Gateways call it, where they have something there. */
  declared: number | undefined;
}

/** At one that Gateways name, or at the gateway's own for the scheme, whose numbers the snapshot does not hold. */
export function arrivalPort(head: AskedHead, { virtualHosts, tls, gatewayPorts, declaredPorts }: Snapshot): ArrivalPort {
  const { scheme, port } = head;
  const isTls = scheme === 'https';
  const named = gatewayPorts?.[`${head.host}:${port}`] ?? gatewayPorts?.[port];
  if (named !== undefined && (named.servers !== undefined) === isTls) return { virtualHosts: named.virtualHosts, declared: port };
  const own = isTls ? tls?.virtualHosts : virtualHosts;
  if (own === undefined) throw new BadRequestError('no Gateway serves TLS: ask for the http URL');
  return { virtualHosts: own, declared: isTls ? declaredPorts?.tls : declaredPorts?.http };
}
