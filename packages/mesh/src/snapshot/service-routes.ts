/**
 * VirtualServices for calls between services (gateway `mesh`): the rules that hold at the addresses of the Services they name.
 */
import type { Service, ServiceEntry, VirtualService } from '@hikyaku/resources';
import type { Delegates } from './delegates.ts';
import { meshOwners } from './mesh-owners.ts';
import { nameOf, namespaceOf } from './names.ts';
import { compileRoutes } from './routes.ts';
import type { RouteMemory } from './routes.ts';
import { entryPortsOf } from './service-entries.ts';
import type { Route, ServiceListener, Snapshot } from './snapshot.ts';

export interface ServiceRouteResources {
  virtualServices: readonly VirtualService[];
  services: readonly Service[];
  serviceEntries?: readonly ServiceEntry[];
  /** Of what was compiled of VirtualServices before. */
  memory: RouteMemory;
}

export type CompiledServiceRoutes = Pick<Snapshot, 'serviceRoutes' | 'callerRoutes'>;

export function compileServiceRoutes(
  resources: ServiceRouteResources,
  listeners: readonly ServiceListener[],
  warn: (message: string) => void,
): CompiledServiceRoutes {
  const services = new Map(resources.services.map((service) => [nameOf(service), service]));
  const delegates: Delegates = new Map(resources.virtualServices.map((each) => [nameOf(each), each]));
  const entryPorts = entryPortsOf(resources.serviceEntries ?? []);
  const called = new Set([...services.keys(), ...listeners.map(({ service }) => service)]);
  const { ofAll, byNamespace } = meshOwners(resources.virtualServices, called, warn);
  const routesBy = (owners: ReadonlyMap<string, VirtualService>) =>
    Object.fromEntries(
      listeners.flatMap((listener): [string, Route[]][] => {
        const owner = owners.get(listener.service);
        if (owner === undefined || listener.protocol !== 'http') return [];
        const place = {
          gateway: 'mesh',
          port: listener.port,
          namespace: namespaceOf(owner),
          services,
          delegates,
          entryPorts,
          memory: resources.memory,
          warn,
        };
        return [[listener.cluster, compileRoutes(owner, place)]];
      }),
    );
  const callerRoutes = [...byNamespace].map(([namespace, owners]) => [namespace, routesBy(owners)] as const);
  return {
    serviceRoutes: routesBy(ofAll),
    ...(callerRoutes.length > 0 && { callerRoutes: Object.fromEntries(callerRoutes) }),
  };
}
