/**
 * Which VirtualService rules the calls to a Service. Unlike at a gateway, Istio does not merge here: an exact host goes before the longest
 * wildcard, and of several for one host the one that its `exportTo` meant for fewer goes first, then the oldest.
 */
import type { VirtualService } from '@hikyaku/resources';
import { covers, serviceOfHost } from './hosts.ts';
import { byAge, gatewaysOf, nameOf, namespaceOf } from './names.ts';
import { exportedTo } from './visibility.ts';

/** By what is called: `namespace/name` of a Service. */
export type Owners = ReadonlyMap<string, VirtualService>;

export interface MeshOwners {
  ofAll: Owners;
  /** What is different for callers of a namespace that something is exported to. */
  byNamespace: ReadonlyMap<string, Owners>;
}

interface Claim {
  virtualService: VirtualService;
  /** Undefined: seen from everywhere. */
  namespaces: readonly string[] | undefined;
  /** As written, in lower case. */
  host: string;
  /** Of the Services that are there, those the host names; several for a wildcard. */
  called: readonly string[];
}

export function meshOwners(
  virtualServices: readonly VirtualService[],
  called: ReadonlySet<string>,
  warn: (message: string) => void,
): MeshOwners {
  const claims = virtualServices
    .filter((virtualService) => gatewaysOf(virtualService).includes('mesh'))
    .sort(byAge)
    .flatMap((virtualService) => claimsOf(virtualService, called, warn));
  const ofAll = ownersAmong(
    claims.filter(({ namespaces }) => namespaces === undefined),
    warn,
  );
  const namespaces = new Set(claims.flatMap((claim) => claim.namespaces ?? []));
  const byNamespace = [...namespaces].map((namespace) => {
    const own = claims.filter((claim) => claim.namespaces?.includes(namespace) === true);
    const owners = ownersAmong([...own, ...claims.filter((claim) => claim.namespaces === undefined)], () => undefined);
    return [namespace, new Map([...owners].filter(([name, owner]) => ofAll.get(name) !== owner))] as const;
  });
  return { ofAll, byNamespace: new Map(byNamespace) };
}

/** The claims are in the order of precedence among equal hosts. */
function ownersAmong(claims: readonly Claim[], warn: (message: string) => void): Map<string, VirtualService> {
  const owners = new Map<string, Claim>();
  for (const claim of [...claims].sort((a, b) => specificity(b.host) - specificity(a.host))) {
    for (const name of claim.called) {
      const owner = owners.get(name);
      if (owner === undefined) owners.set(name, claim);
      else if (specificity(owner.host) === specificity(claim.host) && owner.virtualService !== claim.virtualService)
        warn(
          `VirtualService ${nameOf(claim.virtualService)}: calls to ${name} are ruled by ${nameOf(owner.virtualService)}, which is older`,
        );
    }
  }
  return new Map([...owners].map(([name, { virtualService }]) => [name, virtualService]));
}

/** Exact hosts above all wildcards, longer wildcards above shorter ones. */
function specificity(host: string): number {
  return host.startsWith('*') ? host.length : Infinity;
}

function claimsOf(virtualService: VirtualService, called: ReadonlySet<string>, warn: (message: string) => void): Claim[] {
  const namespaces = exportedTo(virtualService);
  return (virtualService.spec?.hosts ?? []).flatMap((written): Claim[] => {
    const host = written.toLowerCase();
    const named = calledBy(host, namespaceOf(virtualService), called);
    if (named.length > 0) return [{ virtualService, namespaces, host, called: named }];
    // A wildcard is written for what may come.
    if (!host.startsWith('*'))
      warn(`VirtualService ${nameOf(virtualService)}: host ${written} is no Service, so no call between services is ruled by it`);
    return [];
  });
}

function calledBy(host: string, namespace: string, called: ReadonlySet<string>): string[] {
  if (host.startsWith('*')) return [...called].filter((name) => covers(host, fullName(name)));
  const service = serviceOfHost(host, namespace);
  const names = [...(service === undefined ? [] : [`${service.namespace}/${service.name}`]), host];
  return names.filter((name) => called.has(name)).slice(0, 1);
}

function fullName(called: string): string {
  const [namespace, name] = called.split('/');
  return name === undefined ? called : `${name}.${namespace ?? ''}.svc.cluster.local`;
}
