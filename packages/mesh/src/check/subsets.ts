/**
 * Destinations that name a subset which no DestinationRule defines, and what DestinationRules say that an older one said already.
 */
import { fieldError } from '@hikyaku/resources';
import type { DestinationRule, SetFinding, VirtualService } from '@hikyaku/resources';
import { serviceOfHost } from '../snapshot/hosts.ts';
import { nameOf } from '../snapshot/names.ts';
import type { Member, RoutingSet } from './routing-set.ts';
import { writtenDestinations } from './written-destinations.ts';

export interface KnownSubsets {
  /** By what they are subsets of: `Service default/web`, or the host of a ServiceEntry. */
  subsets: ReadonlyMap<string, readonly string[]>;
  findings: SetFinding[];
  /** Undefined for a host that is of neither. */
  targetOf: (host: string, resource: DestinationRule | VirtualService) => string | undefined;
}

/** Rules for one Service or host are merged; what a later one says again is a finding. */
export function subsetsByTarget({ destinationRules: rules, serviceEntries }: RoutingSet): KnownSubsets {
  const entryHosts = new Set(
    serviceEntries.flatMap(({ resource }) => resource.spec?.hosts ?? []).map((host) => host.toLowerCase()),
  );
  const targetOf: KnownSubsets['targetOf'] = (host, resource) =>
    entryHosts.has(host.toLowerCase()) ? `host ${host.toLowerCase()}` : serviceNamed(host, resource);
  const earlier = new Map<string, { policy: Member<DestinationRule> | undefined; subsets: string[] }>();
  const findings = rules.flatMap((rule): SetFinding[] => {
    const { host = '', trafficPolicy, subsets = [], workloadSelector } = rule.resource.spec ?? {};
    const target = targetOf(host, rule.resource);
    if (target === undefined || host.includes('*') || workloadSelector !== undefined) return [];
    const known = earlier.get(target) ?? { policy: undefined, subsets: [] };
    earlier.set(target, known);
    const { policy } = known;
    if (trafficPolicy !== undefined) known.policy ??= rule;
    const message =
      policy &&
      `does not hold: only the older of this and that of DestinationRule ${nameOf(policy.resource)} at ${policy.where} does`;
    const repeated = subsets.flatMap(({ name = '' }, position) => (known.subsets.includes(name) ? [position] : []));
    known.subsets.push(...subsets.map(({ name = '' }) => name));
    return [
      ...(trafficPolicy !== undefined && message !== undefined ? [fieldError(['spec', 'trafficPolicy'], message)] : []),
      ...repeated.map((position) =>
        fieldError(
          ['spec', 'subsets', position, 'name'],
          'is defined by another DestinationRule for this Service: only the older holds',
        ),
      ),
    ].map((error) => ({ index: rule.index, severity: 'error', error }));
  });
  return { subsets: new Map([...earlier].map(([target, { subsets }]) => [target, subsets])), findings, targetOf };
}

/** What has no DestinationRule in the set may have one elsewhere: a warning. One that lacks the subset is a mistake. */
export function unknownSubsets({ index, resource }: Member<VirtualService>, { subsets, targetOf }: KnownSubsets): SetFinding[] {
  return writtenDestinations(resource).flatMap(({ destination: { host, subset = '' }, segments }): SetFinding[] => {
    const target = targetOf(host, resource);
    if (subset === '' || target === undefined) return [];
    const defined = subsets.get(target);
    if (defined?.includes(subset) === true) return [];
    const message = `names the subset ${subset} of ${target}, which no DestinationRule of these manifests defines`;
    const suggestion = defined === undefined ? 'it must come from elsewhere' : `defined: ${defined.join(', ') || 'none'}`;
    const error = fieldError([...segments, 'subset'], message, suggestion);
    return [{ index, severity: defined === undefined ? 'warning' : 'error', error }];
  });
}

function serviceNamed(host: string, { metadata }: DestinationRule | VirtualService): string | undefined {
  const named = serviceOfHost(host, metadata.namespace ?? 'default');
  return named && `Service ${named.namespace}/${named.name}`;
}
