/**
 * Which listeners, or which Service, each `parentRef` of a route attaches it to, or why to none.
 */
import { matchesSelector } from '@hikyaku/resources';
import type { Gateway, ParentReference, Secret, Service } from '@hikyaku/resources';
import { tcpPorts } from '../clusters.ts';
import { gatewayPlaces } from '../gateway-ports.ts';
import type { GatewayPlace } from '../gateway-ports.ts';
import { gatewayServers } from '../gateway-servers.ts';
import { intersectHosts } from '../hosts.ts';
import { nameOf } from '../names.ts';
import { gatewayAddresses, sharing } from './addresses.ts';
import { ownGateways } from './classes.ts';
import { listenersOf } from './listeners.ts';
import type { Listener } from './listeners.ts';
import { gatewayApiGroup, namespaceOf } from './resources.ts';
import type { GatewayApiResources, GatewayApiRoute, Problem } from './resources.ts';

export interface Attachment {
  parentRef: ParentReference;
  /** In `spec.parentRefs`. */
  position: number;
  /** Why it attaches to nothing; it is in no list below then. */
  problem?: Problem;
  /** The listeners of a Gateway, each with the domains the route serves there. */
  listeners: { listener: Listener; domains: string[] }[];
  /** Of a Service, `namespace/name`, the ports whose calls the route rules. */
  service?: { name: string; ports: number[] };
}

export interface Parents {
  listeners: readonly Listener[];
  /** `namespace/name` of all Gateways, and of those that are served here. */
  gateways: ReadonlySet<string>;
  ownGateways: ReadonlySet<string>;
  services: ReadonlyMap<string, Service>;
  namespaceLabels: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

/** What there is besides the resources of the Gateway API. */
export interface Surroundings {
  services: readonly Service[];
  /** Istio's, which have the same ports. */
  gateways: readonly Gateway[];
  /** Absent: none. */
  secrets?: readonly Secret[];
  /** Of the gateway's ports, those that are known not to be had, and why. Absent: none. */
  unavailable?: ReadonlyMap<GatewayPlace, string>;
}

export function parentsOf(resources: GatewayApiResources, surroundings: Surroundings): Parents {
  const { services, gateways, secrets = [], unavailable = new Map() } = surroundings;
  const own = ownGateways(resources);
  const addresses = gatewayAddresses(own);
  const listeners = listenersOf(own, {
    placeOf: gatewayPlaces(
      gatewayServers(gateways, () => undefined),
      sharing(own, addresses),
    ).placeOf,
    addresses,
    unavailable,
    secrets: new Map(secrets.map((secret) => [nameOf(secret), secret])),
    referenceGrants: resources.referenceGrants,
  });
  return {
    listeners,
    gateways: new Set(resources.gateways.map(nameOf)),
    ownGateways: new Set(own.map(nameOf)),
    services: new Map(services.map((service) => [nameOf(service), service])),
    namespaceLabels: new Map(
      resources.namespaces.map(({ metadata }) => [
        metadata.name,
        { 'kubernetes.io/metadata.name': metadata.name, ...metadata.labels },
      ]),
    ),
  };
}

/** Parents that somebody else looks after are left out. */
export function attach(route: GatewayApiRoute, parents: Parents): Attachment[] {
  return (route.spec?.parentRefs ?? []).flatMap((parentRef, position) => {
    const { group = gatewayApiGroup, kind = 'Gateway', namespace = namespaceOf(route), name } = parentRef;
    const parent = `${namespace}/${name}`;
    const at = { parentRef, position, listeners: [] };
    if (group === '' && kind === 'Service') return [{ ...at, ...attachToService(route, parentRef, parent, parents) }];
    const isForeign =
      group !== gatewayApiGroup || kind !== 'Gateway' || (parents.gateways.has(parent) && !parents.ownGateways.has(parent));
    return isForeign ? [] : [{ ...at, ...attachToGateway(route, parentRef, parent, parents) }];
  });
}

type Attached = Partial<Pick<Attachment, 'problem' | 'listeners' | 'service'>>;

/** Each step leaves fewer listeners; the one that leaves none is the reason. */
function attachToGateway(route: GatewayApiRoute, parentRef: ParentReference, gateway: string, parents: Parents): Attached {
  const { sectionName, port } = parentRef;
  if (!parents.ownGateways.has(gateway)) return no('NoMatchingParent', `there is no Gateway ${gateway}`);
  const named = parents.listeners.filter(
    (listener) =>
      listener.gateway === gateway &&
      (sectionName === undefined || sectionName === '' || listener.spec.name === sectionName) &&
      (port === undefined || listener.spec.port === port),
  );
  if (named.length === 0)
    return no('NoMatchingParent', `Gateway ${gateway} has no listener ${[sectionName, port].filter(Boolean).join(' on port ')}`);
  const allowing = named.filter(
    (listener) => listener.kinds.includes(route.kind) && isNamespaceAllowed(route, listener, parents),
  );
  if (allowing.length === 0)
    return no(
      'NotAllowedByListeners',
      `no listener of Gateway ${gateway} allows ${route.kind}s from namespace ${namespaceOf(route)}`,
    );
  const listeners = allowing.flatMap((listener) => {
    const domains = domainsAt(listener, route.spec?.hostnames);
    return domains.length === 0 ? [] : [{ listener, domains }];
  });
  return listeners.length === 0
    ? no('NoMatchingListenerHostname', `no listener of Gateway ${gateway} serves any of the route's hostnames`)
    : { listeners };
}

function no(reason: string, message: string): Attached {
  return { problem: { reason, message } };
}

function isNamespaceAllowed(route: GatewayApiRoute, { spec, namespace }: Listener, { namespaceLabels }: Parents): boolean {
  const { from = 'Same', selector = {} } = spec.allowedRoutes?.namespaces ?? {};
  if (from === 'All') return true;
  if (from === 'Same') return namespaceOf(route) === namespace;
  return matchesSelector(selector, namespaceLabels.get(namespaceOf(route)) ?? {});
}

function domainsAt({ hostname }: Listener, hostnames: readonly string[] | undefined): string[] {
  if (hostnames === undefined || hostnames.length === 0) return [hostname];
  return [...new Set(hostnames.flatMap((own) => intersectHosts(hostname, own.toLowerCase()) ?? []))];
}

/** GAMMA: a route in the Service's own namespace rules all calls to it. */
function attachToService(route: GatewayApiRoute, { port }: ParentReference, name: string, parents: Parents): Attached {
  const service = parents.services.get(name);
  if (service === undefined) return no('NoMatchingParent', `there is no Service ${name}`);
  const ports = tcpPorts(service).map((own) => own.port);
  if (port !== undefined && !ports.includes(port)) return no('NoMatchingParent', `Service ${name} has no port ${port}`);
  if (namespaceOf(service) !== namespaceOf(route))
    return no(
      'UnsupportedValue',
      'routes for callers of one namespace only are not served: put the route into the namespace of the Service',
    );
  return { service: { name, ports: port === undefined ? ports : [port] } };
}
