/**
 * The listeners of the Gateways that are served: what each takes, and what is wrong with it.
 */
import type { GatewayListener, KubernetesGateway } from '@hikyaku/resources';
import type { GatewayPlace, OwnPlace, PlaceOf } from '../gateway-ports.ts';
import { nameOf } from '../names.ts';
import type { TlsSettings } from '../snapshot.ts';
import type { gatewayAddresses } from './addresses.ts';
import { listenerTls } from './certificates.ts';
import type { CertificateContext } from './certificates.ts';
import { gatewayApiGroup, namespaceOf } from './resources.ts';
import type { Problem } from './resources.ts';

export interface Listener {
  /** `namespace/name` of its Gateway. */
  gateway: string;
  /** Of its Gateway. */
  namespace: string;
  /** As written. */
  spec: GatewayListener;
  /** Lower case; `*` for any. */
  hostname: string;
  /** The kinds of route it takes. */
  kinds: readonly string[];
  /** Where it is served, if at all: at the gateway's ports, at its Gateway's own address, or both. */
  places: readonly GatewayPlace[];
  /** Where TLS is ended and the certificate can be had. */
  tls?: TlsSettings;
  /** Why it is not served at all. */
  notAccepted?: Problem;
  /** What is in its way. */
  conflict?: Problem;
  /** What it refers to that cannot be had. */
  unresolved?: Problem;
}

const routeKinds = ['HTTPRoute', 'GRPCRoute'];

export interface ListenerContext extends CertificateContext {
  placeOf: PlaceOf;
  addresses: ReturnType<typeof gatewayAddresses>;
  /** Ports that cannot be had, as far as that is known, and why. */
  unavailable: ReadonlyMap<GatewayPlace, string>;
}

/** In the order of the Gateways and of what is written in them. */
export function listenersOf(gateways: readonly KubernetesGateway[], context: ListenerContext): Listener[] {
  return gateways.flatMap((gateway) => {
    const listeners = gateway.spec?.listeners ?? [];
    return listeners.map((spec) => ({
      gateway: nameOf(gateway),
      namespace: namespaceOf(gateway),
      spec,
      hostname: hostnameOf(spec),
      ...routeKindsOf(spec),
      ...serving(spec, gateway, context),
    }));
  });
}

/** Whether there is something that its routes could be reached at. */
export function takesTraffic({ notAccepted, conflict, spec, tls }: Listener): boolean {
  return notAccepted === undefined && conflict === undefined && (spec.protocol === 'HTTP' || tls !== undefined);
}

function hostnameOf({ hostname = '' }: GatewayListener): string {
  return hostname === '' ? '*' : hostname.toLowerCase();
}

type Serving = Pick<Listener, 'places' | 'notAccepted' | 'conflict' | 'unresolved' | 'tls'>;

function serving(spec: GatewayListener, gateway: KubernetesGateway, context: ListenerContext): Serving {
  const { port, protocol } = spec;
  const notAccepted = whyNotServed(spec);
  if (notAccepted) return { places: [], notAccepted };
  const isTls = protocol === 'HTTPS';
  const own = context.addresses.get(nameOf(gateway));
  if (own !== undefined && 'problem' in own) return { places: [], notAccepted: own.problem };
  const ownPlaces: OwnPlace[] = own === undefined ? [] : [`${own.address}:${port}`];
  const place = own?.isAskedFor === true ? alone(spec, gateway, ownPlaces) : context.placeOf({ port, isTls });
  if (typeof place === 'object') return { places: [], conflict: place };
  const unavailable = context.unavailable.get(place);
  if (unavailable !== undefined) return { places: [], notAccepted: { reason: 'PortUnavailable', message: unavailable } };
  const others = ownPlaces.filter((other) => other !== place && !context.unavailable.has(other));
  return { places: [place, ...others], ...(isTls && listenerTls(spec, gateway, context)) };
}

/** Of one port the first listener decides whether TLS is spoken there. */
function alone(spec: GatewayListener, { spec: whole }: KubernetesGateway, [place]: OwnPlace[]): GatewayPlace | Problem {
  const first = whole?.listeners.find(({ port }) => port === spec.port);
  if (place !== undefined && first?.protocol === spec.protocol) return place;
  return {
    reason: 'ProtocolConflict',
    message: `port ${spec.port} is for ${first?.protocol} already, by listener ${first?.name}`,
  };
}

function whyNotServed({ protocol, tls }: GatewayListener): Problem | undefined {
  if (protocol === 'HTTPS' && tls?.mode === 'Passthrough')
    return {
      reason: 'UnsupportedValue',
      message: 'TLS that is passed through carries no HTTP that could be routed: use mode Terminate',
    };
  if (protocol === 'HTTP' || protocol === 'HTTPS') return undefined;
  const instead = protocol === 'TLS' ? "; Istio's Gateway and VirtualService pass TLS through" : '';
  return { reason: 'UnsupportedProtocol', message: `protocol ${protocol} is not served, HTTP and HTTPS are${instead}` };
}

/** Those asked for that HTTP can carry; all that it can, when none is asked for. */
function routeKindsOf({ allowedRoutes, protocol }: GatewayListener): Pick<Listener, 'kinds' | 'unresolved'> {
  const supported = protocol === 'HTTP' || protocol === 'HTTPS' ? routeKinds : [];
  const wanted = allowedRoutes?.kinds;
  if (wanted === undefined || wanted.length === 0) return { kinds: supported };
  const isKnown = ({ group = gatewayApiGroup, kind }: { group?: string; kind: string }) =>
    group === gatewayApiGroup && supported.includes(kind);
  const unknown = wanted.filter((kind) => !isKnown(kind)).map(({ kind }) => kind);
  const kinds = wanted.filter(isKnown).map(({ kind }) => kind);
  if (unknown.length === 0) return { kinds };
  return { kinds, unresolved: { reason: 'InvalidRouteKinds', message: `${unknown.join(', ')} cannot be attached to it` } };
}
