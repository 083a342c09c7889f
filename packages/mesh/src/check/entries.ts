/**
 * DestinationRules for hosts outside: those that no ServiceEntry has, and subsets that none of its endpoints is in.
 */
import { fieldError } from '@hikyaku/resources';
import type { DestinationRule, Pod, ServiceEntry, SetFinding } from '@hikyaku/resources';
import { serviceOfHost } from '../snapshot/hosts.ts';
import { namespaceOf } from '../snapshot/names.ts';
import { isInSubset } from '../snapshot/subsets.ts';
import type { Member, RoutingSet } from './routing-set.ts';

export function entryRuleFindings({ destinationRules, serviceEntries }: RoutingSet, pods: readonly Pod[]): SetFinding[] {
  const byHost = new Map(serviceEntries.flatMap(({ resource }) => hostsOf(resource).map((host) => [host, resource] as const)));
  return destinationRules.flatMap((rule) => {
    const host = rule.resource.spec?.host?.toLowerCase() ?? '';
    const entry = byHost.get(host);
    if (entry !== undefined) return emptySubsets(rule, entry, pods);
    const isOfCluster = serviceOfHost(host, namespaceOf(rule.resource)) !== undefined || host.endsWith('.svc.cluster.local');
    const isWide = host.startsWith('*') && [...byHost.keys()].some((own) => own.endsWith(host.slice(1)));
    if (isOfCluster || isWide || host === '*') return [];
    const message = 'is the host of no Service and of no ServiceEntry of these manifests, so it rules nothing';
    const known = byHost.size === 0 ? 'there is no ServiceEntry here' : `ServiceEntries: ${[...byHost.keys()].join(', ')}`;
    return [{ index: rule.index, severity: 'warning', error: fieldError(['spec', 'host'], message, known) }];
  });
}

function hostsOf({ spec }: ServiceEntry): string[] {
  return (spec?.hosts ?? []).map((host) => host.toLowerCase());
}

function emptySubsets({ index, resource }: Member<DestinationRule>, entry: ServiceEntry, pods: readonly Pod[]): SetFinding[] {
  const labels = endpointLabels(entry, pods);
  return (resource.spec?.subsets ?? []).flatMap((subset, position): SetFinding[] => {
    if (labels.some((own) => isInSubset(subset, own))) return [];
    const message = `are those of no endpoint of ServiceEntry ${entry.metadata.name}: what is sent to subset ${subset.name} is answered with 503`;
    return [{ index, severity: 'warning', error: fieldError(['spec', 'subsets', position, 'labels'], message) }];
  });
}

/** Where the names lead outside, nothing has labels. */
function endpointLabels(entry: ServiceEntry, pods: readonly Pod[]): Record<string, string>[] {
  const { endpoints = [], workloadSelector } = entry.spec ?? {};
  if (workloadSelector === undefined) return endpoints.length === 0 ? [{}] : endpoints.map(({ labels = {} }) => labels);
  return pods
    .filter((pod) => namespaceOf(pod) === namespaceOf(entry))
    .map(({ metadata }) => metadata.labels ?? {})
    .filter((labels) => isInSubset(workloadSelector, labels));
}
