/**
 * Addresses of their own for Gateways of the Gateway API. At the gateway's ports on localhost all Gateways are one; at an address of its own a Gateway
 * is alone, with its listeners under their own numbers. It has one when it asks for one (`spec.addresses`), and when it shares a port number with
 * another Gateway.
 */
import { createHash } from 'node:crypto';
import type { KubernetesGateway } from '@hikyaku/resources';
import type { GatewayPlace } from '../gateway-ports.ts';
import { nameOf } from '../names.ts';
import type { Problem } from './resources.ts';

export interface GatewayAddress {
  address: string;
  /** It was asked for: the Gateway is served there and nowhere else. */
  isAskedFor: boolean;
}

/** The Gateway is at the gateway's ports only; `problem`: nowhere. */
type Addressed = GatewayAddress | { problem: Problem } | undefined;

/** Loopback addresses that neither Pods nor Services have: those that are assigned, and none that can be asked for. */
const range = '127.120.';

/** Whether what is there is at the gateway's ports as well. */
export function isAssigned(place: GatewayPlace): boolean {
  return typeof place === 'string' && place.startsWith(range);
}

export function gatewayAddresses(gateways: readonly KubernetesGateway[]): ReadonlyMap<string, Addressed> {
  const asked = new Map(gateways.map((gateway) => [gateway, addressAskedFor(gateway)]));
  const shared = gateways.filter((gateway) => asked.get(gateway) === undefined);
  return new Map(
    gateways.map((gateway) => [
      nameOf(gateway),
      asked.get(gateway) ?? (hasNeighbour(gateway, shared) ? { address: assigned(gateway), isAskedFor: false } : undefined),
    ]),
  );
}

function addressAskedFor({ spec }: KubernetesGateway): Addressed {
  const [wanted] = (spec?.addresses ?? []).filter(({ value = '' }) => value !== '');
  if (wanted === undefined) return undefined;
  const { type = 'IPAddress', value = '' } = wanted;
  const isHere = value === 'localhost' || value === '127.0.0.1';
  if (isHere && (type === 'IPAddress' || type === 'Hostname')) return undefined;
  if (type === 'IPAddress' && /^127(\.\d{1,3}){3}$/.test(value) && !value.startsWith(range))
    return { address: value, isAskedFor: true };
  const message = `the address ${value} (${type}) cannot be had: Gateways may have any in 127.0.0.0/8 but those of ${range}0.0/16, which are assigned`;
  return { problem: { reason: 'UnsupportedAddress', message } };
}

function hasNeighbour(gateway: KubernetesGateway, all: readonly KubernetesGateway[]): boolean {
  const ports = new Set(gateway.spec?.listeners.map(({ port }) => port));
  return all.some((other) => other !== gateway && other.spec?.listeners.some(({ port }) => ports.has(port)) === true);
}

/** Depends on this Gateway alone, so that it stays while others come and go; the uid is another in every system on this machine. */
function assigned(gateway: KubernetesGateway): string {
  const digest = createHash('sha256')
    .update(gateway.metadata.uid ?? nameOf(gateway))
    .digest();
  return `${range}${digest[0]}.${1 + ((digest[1] ?? 0) % 254)}`;
}

/** Those that are at the gateway's ports. */
export function sharing(
  gateways: readonly KubernetesGateway[],
  addresses = gatewayAddresses(gateways),
): readonly KubernetesGateway[] {
  return gateways.filter((gateway) => {
    const own = addresses.get(nameOf(gateway));
    return own === undefined || (!('problem' in own) && !own.isAskedFor);
  });
}
