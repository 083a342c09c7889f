/**
 * Hosts that several VirtualServices claim at the same place, and hosts that no request can ask for.
 */
import { fieldError } from '@hikyaku/resources';
import type { ServiceEntry, SetFinding, VirtualService } from '@hikyaku/resources';
import { intersectHosts, serviceOfHost } from '../snapshot/hosts.ts';
import { gatewaysOf, nameOf } from '../snapshot/names.ts';
import { splitHost } from '../snapshot/gateway-servers.ts';
import { exportedTo } from '../snapshot/visibility.ts';
import type { Member, RoutingSet } from './routing-set.ts';

interface Claim {
  virtualService: Member<VirtualService>;
  /** `namespace/name` of a Gateway, or `mesh`. */
  gateway: string;
  /** Index in `spec.hosts`. */
  position: number;
  host: string;
  /** Claims with the same key compete; at `mesh`, short and long names of a Service are one. */
  key: string;
}

/** Every claim that an earlier one in the set already made. Istio merges the rules at a gateway, and drops the younger ones elsewhere. */
export function hostConflicts(set: RoutingSet): SetFinding[] {
  const first = new Map<string, Claim>();
  return set.virtualServices.flatMap(claimsOf).flatMap((claim) => {
    const earlier = first.get(claim.key);
    if (earlier === undefined) first.set(claim.key, claim);
    if (earlier === undefined || earlier.virtualService.index === claim.virtualService.index) return [];
    return [conflict(claim, earlier.virtualService)];
  });
}

/** Indexes of the VirtualServices that share a host with another: their rules are not asked in the order they are written. */
export function sharers(set: RoutingSet): ReadonlySet<number> {
  const claims = Map.groupBy(set.virtualServices.flatMap(claimsOf), ({ key }) => key);
  const groups = [...claims.values()].map((group) => new Set(group.map(({ virtualService }) => virtualService.index)));
  return new Set(groups.flatMap((indexes) => (indexes.size > 1 ? [...indexes] : [])));
}

function claimsOf(virtualService: Member<VirtualService>): Claim[] {
  const { namespace = 'default' } = virtualService.resource.metadata;
  const hosts = virtualService.resource.spec?.hosts ?? [];
  return gatewaysOf(virtualService.resource).flatMap((gateway) =>
    hosts.map((written, position) => {
      const service = gateway === 'mesh' ? serviceOfHost(written, namespace) : undefined;
      const host = service === undefined ? written.toLowerCase() : `${service.name}.${service.namespace}`;
      const scope = gateway === 'mesh' ? (exportedTo(virtualService.resource)?.sort().join() ?? '') : '';
      return { virtualService, gateway, position, host, key: `${gateway} ${host} ${scope}` };
    }),
  );
}

function conflict({ virtualService, gateway, position, host }: Claim, other: Member<VirtualService>): SetFinding {
  const claimant = `VirtualService ${nameOf(other.resource)} at ${other.where}`;
  const segments = ['spec', 'hosts', position];
  return gateway === 'mesh'
    ? {
        index: virtualService.index,
        severity: 'error',
        error: fieldError(segments, `is claimed twice: calls to ${host} are ruled by only one of this and ${claimant}`),
      }
    : {
        index: virtualService.index,
        severity: 'warning',
        error: fieldError(
          segments,
          `is claimed twice at Gateway ${gateway}: the rules of this and ${claimant} are merged, oldest first, and those that match everything come last`,
        ),
      };
}

/** Hosts that none of the VirtualService's Gateways serves. Of Gateways that are not in the set nothing can be said. */
export function unservedHosts(set: RoutingSet): SetFinding[] {
  const served = new Map(
    set.gateways.map(({ resource }) => [
      nameOf(resource),
      (resource.spec?.servers ?? []).flatMap(({ hosts = [] }) =>
        hosts.map((host) => splitHost(host, resource.metadata.namespace ?? 'default')),
      ),
    ]),
  );
  return set.virtualServices.flatMap(({ index, resource }) => {
    const { namespace = 'default' } = resource.metadata;
    const gateways = gatewaysOf(resource);
    if (gateways.some((gateway) => !served.has(gateway))) return [];
    const bindable = gateways
      .flatMap((gateway) => served.get(gateway) ?? [])
      .filter((host) => host.namespace === '*' || host.namespace === namespace);
    return (resource.spec?.hosts ?? []).flatMap((host, position): SetFinding[] => {
      if (bindable.some((own) => intersectHosts(own.host, host.toLowerCase()) !== undefined)) return [];
      const message = `is served by none of ${gateways.map((gateway) => `Gateway ${gateway}`).join(', ')}`;
      return [{ index, severity: 'warning', error: fieldError(['spec', 'hosts', position], message, servedWords(bindable)) }];
    });
  });
}

/** Hosts of rules for calls between services that name no Service of the set, so that no call is ruled by them. */
export function unknownServices(set: RoutingSet): SetFinding[] {
  const known = new Set(set.services.map(({ resource }) => nameOf(resource)));
  const entryHosts = new Set(
    set.serviceEntries.flatMap(({ resource }) => resource.spec?.hosts ?? []).map((host) => host.toLowerCase()),
  );
  return set.virtualServices.flatMap(({ index, resource }) => {
    const { namespace = 'default' } = resource.metadata;
    if (!gatewaysOf(resource).includes('mesh')) return [];
    return (resource.spec?.hosts ?? []).flatMap((host, position): SetFinding[] => {
      const named = serviceOfHost(host, namespace);
      if (
        host.startsWith('*') ||
        entryHosts.has(host.toLowerCase()) ||
        (named !== undefined && known.has(`${named.namespace}/${named.name}`))
      )
        return [];
      const message = `names no Service of these manifests (namespace ${named?.namespace ?? namespace}), so it rules no call between services`;
      return [{ index, severity: 'warning', error: fieldError(['spec', 'hosts', position], message) }];
    });
  });
}

function servedWords(bindable: readonly { host: string }[]): string {
  return bindable.length === 0
    ? 'none serves hosts of this namespace'
    : `served: ${[...new Set(bindable.map(({ host }) => host))].join(', ')}`;
}

/** Hosts that an earlier ServiceEntry of the set has already: only the oldest entry counts. */
export function entryConflicts({ serviceEntries }: RoutingSet): SetFinding[] {
  const first = new Map<string, Member<ServiceEntry>>();
  return serviceEntries.flatMap((entry) =>
    (entry.resource.spec?.hosts ?? []).flatMap((written, position): SetFinding[] => {
      const host = written.toLowerCase();
      const earlier = first.get(host);
      if (earlier === undefined) first.set(host, entry);
      if (earlier === undefined || earlier === entry) return [];
      const message = `is claimed twice: only the older of this and ServiceEntry ${nameOf(earlier.resource)} at ${earlier.where} counts`;
      return [{ index: entry.index, severity: 'error', error: fieldError(['spec', 'hosts', position], message) }];
    }),
  );
}
