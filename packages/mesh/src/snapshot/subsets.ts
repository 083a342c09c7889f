/**
 * DestinationRules: which one holds for a Service, and the subsets it cuts the Service's endpoints into.
 */
import type { DestinationRule } from '@hikyaku/resources';
import { serviceOfHost } from './hosts.ts';
import { byAge, nameOf } from './names.ts';
import type { Cluster, Route } from './snapshot.ts';

export type Subset = NonNullable<NonNullable<DestinationRule['spec']>['subsets']>[number];

/** The rule that holds for each Service, by `namespace/name`. Of several for one Service the oldest holds, and that is said. */
export function rulesByService(
  rules: readonly DestinationRule[],
  warn: (message: string) => void,
): ReadonlyMap<string, DestinationRule> {
  const owners = new Map<string, DestinationRule>();
  for (const rule of [...rules].sort(byAge)) {
    const host = rule.spec?.host ?? '';
    const named = serviceOfHost(host, rule.metadata.namespace ?? 'default');
    if (named === undefined || host.includes('*')) {
      warn(`DestinationRule ${nameOf(rule)}: host ${host} is no Service, so it rules nothing`);
      continue;
    }
    const service = `${named.namespace}/${named.name}`;
    const owner = owners.get(service);
    if (owner === undefined) owners.set(service, rule);
    else warn(`DestinationRule ${nameOf(rule)}: ${service} is ruled by ${nameOf(owner)}, which is older`);
  }
  return owners;
}

/** A subset without labels is the whole Service. */
export function isInSubset({ labels: wanted = {} }: Subset, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([name, value]) => labels[name] === value);
}

/** Says of each route that leads to a subset of a known Service port which no DestinationRule defines; a port nobody has is said where it is resolved. */
export function warnOfUnknownSubsets(
  routes: readonly Route[],
  clusters: Readonly<Record<string, Cluster>>,
  warn: (message: string) => void,
): void {
  for (const { name, action } of routes) {
    if (action.kind !== 'forward') continue;
    for (const { cluster } of action.destinations) {
      if (!cluster.includes('/')) continue;
      const [servicePort = '', subset] = cluster.split('/');
      const isUnknown = subset !== undefined && clusters[servicePort] !== undefined && clusters[cluster] === undefined;
      if (isUnknown) warn(`${name}: no DestinationRule defines the subset ${subset} of ${servicePort}`);
    }
  }
}
