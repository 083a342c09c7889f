/**
 * Ports of the gateway that cannot be had, in words for people: who has them and what to do.
 */
import { isOwnPlace } from '../snapshot/gateway-ports.ts';
import type { OwnPlace } from '../snapshot/gateway-ports.ts';
import type { PortFailure } from '../proxy/more-gateway-ports.ts';

export interface KnownPorts {
  gatewayPort: number | undefined;
  gatewayTlsPort: number | undefined;
  /** Who listens on a port: `node (pid 4711)`. */
  holderOf?: ((port: number) => string | undefined) | undefined;
}

/** A clause: `port 9000 is taken by node (pid 4711)`. */
export function describePortFailure({ place, code, message }: PortFailure, known: KnownPorts): string {
  if (place === 'http') return message;
  if (isOwnPlace(place)) return describeOwn(place, code, message);
  const port = place === 'tls' ? known.gatewayTlsPort : place;
  if (port === undefined) return message;
  if (place !== 'tls' && place === known.gatewayPort)
    return `port ${port} is taken by the gateway itself, which serves the lowest port of plain HTTP there; --gateway-port moves that one`;
  if (place !== 'tls' && place === known.gatewayTlsPort)
    return `port ${port} is taken by the gateway itself, which serves the lowest port of TLS there; --gateway-tls-port moves that one`;
  const way = place === 'tls' ? ', --gateway-tls-port chooses another' : '';
  if (code === 'EACCES') return `port ${port} cannot be had without root, because it is below 1024${way}`;
  if (code !== 'EADDRINUSE') return `port ${port} cannot be had: ${message}${way}`;
  const holder = known.holderOf?.(port);
  return `port ${port} is taken${holder === undefined ? '' : ` by ${holder}`}${way}`;
}

/** Of an address that a Gateway has for itself. */
function describeOwn(place: OwnPlace, code: string, message: string): string {
  if (code === 'EACCES') return `${place} cannot be had without root, because the port is below 1024`;
  return code === 'EADDRINUSE' ? `${place} is taken` : `${place} cannot be had: ${message}`;
}
