/**
 * VirtualServices for calls between services (gateway `mesh`): the rules that hold at the addresses of the Services they name.
 */
import type { Service, VirtualService } from '@hikyaku/resources';
import { serviceOfHost } from './hosts.ts';
import { byAge, gatewaysOf, nameOf } from './names.ts';
import { compileRoutes } from './routes.ts';
import type { Route, ServiceListener } from './snapshot.ts';

export interface ServiceRouteResources {
  virtualServices: readonly VirtualService[];
  services: readonly Service[];
}

/** By cluster key of the Service called; a key that is absent has no rules. */
export function compileServiceRoutes(
  resources: ServiceRouteResources,
  listeners: readonly ServiceListener[],
  warn: (message: string) => void,
): Record<string, Route[]> {
  const services = new Map(resources.services.map((service) => [nameOf(service), service]));
  const owners = new Map<string, VirtualService>();
  for (const virtualService of [...resources.virtualServices].filter(isForMesh).sort(byAge)) {
    for (const service of servicesNamedBy(virtualService, services, warn)) {
      const owner = owners.get(service);
      // Unlike at a gateway, Istio does not merge here.
      if (owner !== undefined)
        warn(`VirtualService ${nameOf(virtualService)}: calls to ${service} are ruled by ${nameOf(owner)}, which is older`);
      else owners.set(service, virtualService);
    }
  }
  return Object.fromEntries(
    listeners.flatMap((listener) => {
      const owner = owners.get(listener.service);
      if (owner === undefined || listener.protocol !== 'http') return [];
      const { namespace = 'default' } = owner.metadata;
      return [[listener.cluster, compileRoutes(owner, { gateway: 'mesh', port: listener.port, namespace, services, warn })]];
    }),
  );
}

function isForMesh(virtualService: VirtualService): boolean {
  return gatewaysOf(virtualService).includes('mesh');
}

function servicesNamedBy(
  virtualService: VirtualService,
  services: ReadonlyMap<string, Service>,
  warn: (message: string) => void,
): string[] {
  const { namespace = 'default' } = virtualService.metadata;
  return (virtualService.spec?.hosts ?? []).flatMap((host) => {
    const named = serviceOfHost(host, namespace);
    const name = named && `${named.namespace}/${named.name}`;
    if (name !== undefined && services.has(name)) return [name];
    warn(`VirtualService ${nameOf(virtualService)}: host ${host} is no Service, so no call between services is ruled by it`);
    return [];
  });
}
