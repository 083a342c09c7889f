/**
 * What is wrong with routing rules as a whole set, beyond what every set is checked for: for `hikyaku mesh check`, through
 * `loadManifests`, which gives the findings their places.
 */
import type { FieldError, SetFinding, SetMember } from '@hikyaku/resources';
import { nameOf } from '../snapshot/names.ts';
import { delegateMistakes } from './delegates.ts';
import { ambiguousPorts } from './destinations.ts';
import { encryptionFindings } from './encryption.ts';
import { entryRuleFindings } from './entries.ts';
import { gatewayApiFindings } from './gateway-api.ts';
import { entryConflicts, hostConflicts, sharers, unknownServices, unservedHosts } from './hosts.ts';
import { scopeFindings } from './policy-scopes.ts';
import { policySet } from './policy-set.ts';
import { rateLimitFindings } from './rate-limits.ts';
import { routingSet } from './routing-set.ts';
import { securityFindings } from './security.ts';
import { subsetsByTarget, unknownSubsets } from './subsets.ts';
import { unreachableRules, unreadableMatches } from './unreachable.ts';

/** Expects a set without errors. Rules of VirtualServices that share a host are not checked for being reachable: merging reorders them. */
export function checkRoutes(members: readonly SetMember[]): SetFinding[] {
  const set = routingSet(members);
  const services = new Map(set.services.map(({ resource }) => [nameOf(resource), resource]));
  const virtualServices = new Map(set.virtualServices.map(({ resource }) => [nameOf(resource), resource]));
  const policies = policySet(members);
  const shared = sharers(set);
  const destinationRules = subsetsByTarget(set);
  const ofRules = set.virtualServices.flatMap((virtualService): SetFinding[] => {
    const { index, resource } = virtualService;
    return [
      ...at(index, 'error', unreadableMatches(resource)),
      ...at(index, 'error', ambiguousPorts(resource, services)),
      ...at(index, 'warning', shared.has(index) ? [] : unreachableRules(resource)),
      ...unknownSubsets(virtualService, destinationRules),
      ...delegateMistakes(virtualService, virtualServices),
    ];
  });
  return [
    ...hostConflicts(set),
    ...entryConflicts(set),
    ...unservedHosts(set),
    ...unknownServices(set),
    ...destinationRules.findings,
    ...encryptionFindings(set),
    ...entryRuleFindings(set, policies.pods),
    ...scopeFindings(policies),
    ...securityFindings(policies),
    ...rateLimitFindings(policies),
    ...ofRules,
    ...gatewayApiFindings(members),
  ];
}

function at(index: number, severity: SetFinding['severity'], errors: readonly FieldError[]): SetFinding[] {
  return errors.map((error) => ({ index, severity, error }));
}
