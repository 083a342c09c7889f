/**
 * The `tcp` rules of VirtualServices: where connections to a Service go whose port carries bytes.
 */
import type { L4Match, TcpRule, VirtualService } from '@hikyaku/resources';
import { compileDestinations } from './destinations.ts';
import type { RouteContext } from './destinations.ts';
import { compileSource } from './matches.ts';
import { meshOwners } from './mesh-owners.ts';
import { nameOf, namespaceOf, qualify } from './names.ts';
import { entryPortsOf } from './service-entries.ts';
import type { ServiceRouteResources } from './service-routes.ts';
import type { ConnectionMatch, ServiceListener, Snapshot, TcpRoute } from './snapshot.ts';

/** By cluster key of the Service called; absent when there are none. Rules that are exported to some namespaces only are not looked at. */
export function compileTcpRoutes(
  resources: Omit<ServiceRouteResources, 'memory'>,
  listeners: readonly ServiceListener[],
  warn: (message: string) => void,
): Pick<Snapshot, 'tcpRoutes'> {
  const written = resources.virtualServices.filter(({ spec }) => (spec?.tcp ?? []).length > 0);
  if (written.length === 0) return {};
  const services = new Map(resources.services.map((service) => [nameOf(service), service]));
  const entryPorts = entryPortsOf(resources.serviceEntries ?? []);
  const called = new Set([...services.keys(), ...listeners.map(({ service }) => service)]);
  // What there is to say of their hosts is said with the rules for requests.
  const { ofAll } = meshOwners(written, called, () => undefined);
  const routes = listeners.flatMap((listener): [string, TcpRoute[]][] => {
    const owner = ofAll.get(listener.service);
    if (owner === undefined || listener.protocol !== 'tcp') return [];
    const place = { gateway: 'mesh', port: listener.port, namespace: namespaceOf(owner), services, entryPorts, warn };
    return [[listener.cluster, compileRules(owner, place)]];
  });
  return routes.length === 0 ? {} : { tcpRoutes: Object.fromEntries(routes) };
}

function compileRules(virtualService: VirtualService, place: RouteContext): TcpRoute[] {
  return (virtualService.spec?.tcp ?? []).flatMap((rule, index): TcpRoute[] => {
    const name = `VirtualService ${nameOf(virtualService)}, tcp rule ${index + 1}`;
    const context = { ...place, warn: (message: string) => place.warn(`${name}: ${message}`) };
    const matches = compileMatches(rule, context);
    const destinations = compileDestinations(rule, context);
    if (destinations.length === 0) context.warn('has no destination with a weight above 0');
    return matches === undefined || destinations.length === 0 ? [] : [{ name, matches, destinations }];
  });
}

/** Undefined when no alternative can match here. */
function compileMatches({ match = [] }: TcpRule, context: RouteContext): ConnectionMatch[] | undefined {
  if (match.length === 0) return [];
  const matches = match.filter((each) => appliesAt(each, context)).map(compileMatch);
  return matches.length === 0 ? undefined : matches;
}

function appliesAt({ port, gateways }: L4Match, context: RouteContext): boolean {
  if (port !== undefined && port !== context.port) return false;
  return gateways === undefined || gateways.some((name) => qualify(name, context.namespace) === context.gateway);
}

function compileMatch(match: L4Match): ConnectionMatch {
  const source = compileSource(match);
  const { destinationSubnets = [] } = match;
  return { ...(destinationSubnets.length > 0 && { destinationSubnets }), ...(source && { source }) };
}
