/**
 * Which of the gateway's ports serves what a Gateway, of Istio or of the Gateway API, has on a port number. A process without rights cannot have
 * the ports that systems on a cluster use, 80 and 443: the lowest number of plain HTTP is served at the gateway's port, the lowest one of TLS at
 * its port for TLS, every other number is a port of its own.
 */
import type { KubernetesGateway } from '@hikyaku/resources';
import type { Problem } from './gateway-api/resources.ts';
import type { GatewayServer } from './gateway-servers.ts';
import { nameOf } from './names.ts';
import type { Snapshot } from './snapshot.ts';

/** The gateway's two ports, or a number that is bound as it is, on localhost or at an address that a Gateway has for itself. */
export type GatewayPlace = 'http' | 'tls' | number | OwnPlace;

/** `127.120.4.1:80` */
export type OwnPlace = `${string}:${number}`;

/** Where a place is that is neither of the two ports; without an address on localhost. */
export function addressOf(place: number | OwnPlace): { address?: string; port: number } {
  if (typeof place === 'number') return { port: place };
  const [address = '', port = ''] = place.split(':');
  return { address, port: Number(port) };
}

export function isOwnPlace(place: GatewayPlace): place is OwnPlace {
  return typeof place === 'string' && place.includes(':');
}

/** The inverse of writing it as a key of the snapshot's `gatewayPorts`. */
export function placeOfKey(key: string): number | OwnPlace {
  const { address, port } = addressOf(key as OwnPlace);
  return key.includes(':') ? `${address ?? ''}:${port}` : Number(key);
}

interface PortUse {
  port: number;
  isTls: boolean;
  /** For messages: `Gateway default/public`. */
  by: string;
}

export type PlaceOf = (use: Omit<PortUse, 'by'>) => GatewayPlace | Problem;

export interface GatewayPlaces {
  placeOf: PlaceOf;
  /** What Gateways call the gateway's two ports. */
  declaredPorts: NonNullable<Snapshot['declaredPorts']>;
}

/** Of all Gateways there are, each kind in the order of precedence: the first of a number decides whether TLS is spoken there. */
export function gatewayPlaces(servers: readonly GatewayServer[], gateways: readonly KubernetesGateway[]): GatewayPlaces {
  const uses = [
    ...servers.map(({ gateway, port, kind }) => ({ port, isTls: isTls(kind), by: `Gateway ${gateway}` })),
    ...gateways.flatMap((gateway) =>
      (gateway.spec?.listeners ?? [])
        .filter(({ protocol }) => protocol === 'HTTP' || protocol === 'HTTPS')
        .map(({ port, protocol }) => ({ port, isTls: protocol === 'HTTPS', by: `Gateway ${nameOf(gateway)}` })),
    ),
  ];
  const first = new Map<number, PortUse>(uses.toReversed().map((use) => [use.port, use]));
  const [http, tls] = [lowestOf(first, false), lowestOf(first, true)];
  const placeOf: PlaceOf = ({ port, isTls }) => {
    const decisive = first.get(port);
    if (decisive !== undefined && decisive.isTls !== isTls)
      return {
        reason: 'ProtocolConflict',
        message: `port ${port} is for ${decisive.isTls ? 'TLS' : 'plain HTTP'} already, by ${decisive.by}`,
      };
    if (port === (isTls ? tls : http)) return isTls ? 'tls' : 'http';
    return port;
  };
  return { placeOf, declaredPorts: { ...(http !== undefined && { http }), ...(tls !== undefined && { tls }) } };
}

export function isTls(kind: GatewayServer['kind']): boolean {
  return kind === 'https' || kind === 'passthrough';
}

function lowestOf(first: ReadonlyMap<number, PortUse>, isTls: boolean): number | undefined {
  const ports = [...first.values()].filter((use) => use.isTls === isTls).map(({ port }) => port);
  return ports.length === 0 ? undefined : Math.min(...ports);
}
