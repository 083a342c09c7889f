/**
 * The listeners of the Gateways that are served: what each takes, and what is wrong with it.
 */
import type { GatewayListener, KubernetesGateway } from '@hikyaku/resources';
import { nameOf } from '../names.ts';
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
  /** Why it is not served at all. */
  notAccepted?: Problem;
  /** What it refers to that cannot be had. */
  unresolved?: Problem;
}

const routeKinds = ['HTTPRoute', 'GRPCRoute'];

/** In the order of the Gateways and of what is written in them. */
export function listenersOf(gateways: readonly KubernetesGateway[]): Listener[] {
  const servedPort = gateways.flatMap(({ spec }) => spec?.listeners ?? []).find(isPlainHttp)?.port;
  return gateways.flatMap((gateway) =>
    (gateway.spec?.listeners ?? []).map((spec) => {
      const notAccepted = whyNotServed(spec, servedPort);
      return {
        gateway: nameOf(gateway),
        namespace: namespaceOf(gateway),
        spec,
        hostname: spec.hostname === undefined || spec.hostname === '' ? '*' : spec.hostname.toLowerCase(),
        ...routeKindsOf(spec),
        ...(notAccepted && { notAccepted }),
      };
    }),
  );
}

function isPlainHttp({ protocol }: GatewayListener): boolean {
  return protocol === 'HTTP';
}

function whyNotServed(listener: GatewayListener, servedPort: number | undefined): Problem | undefined {
  const { port, protocol } = listener;
  if (!isPlainHttp(listener))
    return { reason: 'UnsupportedProtocol', message: `protocol ${protocol} is not served, only plain HTTP is` };
  if (port !== servedPort)
    return {
      reason: 'PortUnavailable',
      message: `port ${port} is not served, only port ${servedPort}, the first of plain HTTP, is`,
    };
  return undefined;
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
