/**
 * Destinations that name a subset which no DestinationRule defines, and DestinationRules that do not hold because another does.
 */
import { fieldError } from '@hikyaku/resources';
import type { DestinationRule, SetFinding, VirtualService } from '@hikyaku/resources';
import { serviceOfHost } from '../snapshot/hosts.ts';
import { nameOf } from '../snapshot/names.ts';
import type { Member } from './routing-set.ts';
import { writtenDestinations } from './written-destinations.ts';

/** By `namespace/name` of the Service. */
export type RulesByService = ReadonlyMap<string, Member<DestinationRule>>;

/** The first rule in the set counts; those after it are findings. */
export function destinationRulesByService(rules: readonly Member<DestinationRule>[]): {
  rules: RulesByService;
  findings: SetFinding[];
} {
  const first = new Map<string, Member<DestinationRule>>();
  const findings = rules.flatMap((rule): SetFinding[] => {
    const service = serviceNamed(rule.resource.spec?.host ?? '', rule.resource);
    if (service === undefined) return [];
    const earlier = first.get(service);
    if (earlier === undefined) first.set(service, rule);
    if (earlier === undefined) return [];
    const message = `is claimed twice: only the older of this and DestinationRule ${nameOf(earlier.resource)} at ${earlier.where} holds`;
    return [{ index: rule.index, severity: 'error', error: fieldError(['spec', 'host'], message) }];
  });
  return { rules: first, findings };
}

/** A Service without any DestinationRule in the set may have one elsewhere: a warning. One that lacks the subset is a mistake. */
export function unknownSubsets({ index, resource }: Member<VirtualService>, rules: RulesByService): SetFinding[] {
  return writtenDestinations(resource).flatMap(({ destination: { host, subset = '' }, segments }): SetFinding[] => {
    const service = serviceNamed(host, resource);
    if (subset === '' || service === undefined) return [];
    const defined = rules.get(service)?.resource.spec?.subsets?.map(({ name }) => name);
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
