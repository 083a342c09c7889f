/**
 * The resources a check looks at, out of the whole set, each with its place in the set.
 */
import { DestinationRules, Gateways, Secrets, ServiceEntries, Services, VirtualServices } from '@hikyaku/resources';
import type {
  DestinationRule,
  Gateway,
  Kind,
  Resource,
  Secret,
  Service,
  ServiceEntry,
  SetMember,
  VirtualService,
} from '@hikyaku/resources';

export interface Member<R extends Resource> {
  /** In the set. */
  index: number;
  resource: R;
  /** `shop/deploy/90-gateway.yaml:16`. */
  where: string;
}

export interface RoutingSet {
  gateways: Member<Gateway>[];
  virtualServices: Member<VirtualService>[];
  destinationRules: Member<DestinationRule>[];
  services: Member<Service>[];
  serviceEntries: Member<ServiceEntry>[];
  secrets: Member<Secret>[];
}

export function routingSet(set: readonly SetMember[]): RoutingSet {
  return {
    gateways: membersOf(set, Gateways),
    virtualServices: membersOf(set, VirtualServices),
    destinationRules: membersOf(set, DestinationRules),
    services: membersOf(set, Services),
    serviceEntries: membersOf(set, ServiceEntries),
    secrets: membersOf(set, Secrets),
  };
}

export function membersOf<R extends Resource>(set: readonly SetMember[], kind: Kind<R>): Member<R>[] {
  return set.flatMap(({ resource, where }, index) => (isOf(kind, resource) ? [{ index, resource, where }] : []));
}

/** The set is checked against the schemas of its kinds before this is asked. */
function isOf<R extends Resource>(kind: Kind<R>, resource: Resource): resource is R {
  return (
    resource.kind === kind.kind && resource.apiVersion === (kind.group === '' ? kind.version : `${kind.group}/${kind.version}`)
  );
}
