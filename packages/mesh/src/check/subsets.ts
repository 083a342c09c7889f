/**
 * Destinations that name a subset which no DestinationRule defines, and what DestinationRules say that an older one said already.
 */
import { fieldError } from '@hikyaku/resources';
import type { DestinationRule, SetFinding, VirtualService } from '@hikyaku/resources';
import { serviceOfHost } from '../snapshot/hosts.ts';
import { nameOf } from '../snapshot/names.ts';
import type { Member } from './routing-set.ts';
import { writtenDestinations } from './written-destinations.ts';

/** The subsets defined for a Service, by its `namespace/name`. */
export type SubsetsByService = ReadonlyMap<string, readonly string[]>;

/** Rules for one Service are merged; what a later one says again is a finding. */
export function subsetsByService(rules: readonly Member<DestinationRule>[]): {
  subsets: SubsetsByService;
  findings: SetFinding[];
} {
  const earlier = new Map<string, { policy: Member<DestinationRule> | undefined; subsets: string[] }>();
  const findings = rules.flatMap((rule): SetFinding[] => {
    const { host = '', trafficPolicy, subsets = [], workloadSelector } = rule.resource.spec ?? {};
    const service = serviceNamed(host, rule.resource);
    if (service === undefined || host.includes('*') || workloadSelector !== undefined) return [];
    const known = earlier.get(service) ?? { policy: undefined, subsets: [] };
    earlier.set(service, known);
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
  return { subsets: new Map([...earlier].map(([service, { subsets }]) => [service, subsets])), findings };
}

/** A Service without any DestinationRule in the set may have one elsewhere: a warning. One that lacks the subset is a mistake. */
export function unknownSubsets({ index, resource }: Member<VirtualService>, subsets: SubsetsByService): SetFinding[] {
  return writtenDestinations(resource).flatMap(({ destination: { host, subset = '' }, segments }): SetFinding[] => {
    const service = serviceNamed(host, resource);
    if (subset === '' || service === undefined) return [];
    const defined = subsets.get(service);
    if (defined?.includes(subset) === true) return [];
    const message = `names the subset ${subset} of Service ${service}, which no DestinationRule of these manifests defines`;
    const suggestion = defined === undefined ? 'it must come from elsewhere' : `defined: ${defined.join(', ') || 'none'}`;
    const error = fieldError([...segments, 'subset'], message, suggestion);
    return [{ index, severity: defined === undefined ? 'warning' : 'error', error }];
  });
}

function serviceNamed(host: string, { metadata }: DestinationRule | VirtualService): string | undefined {
  const named = serviceOfHost(host, metadata.namespace ?? 'default');
  return named && `${named.namespace}/${named.name}`;
}
