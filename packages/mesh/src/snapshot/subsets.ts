/**
 * The subsets that DestinationRules cut a Service's endpoints into.
 */
import type { Subset } from '@hikyaku/resources';
import type { Cluster, Route } from './snapshot.ts';

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
