/**
 * Policies that hold for nothing: selectors that no Pod behind a Service has, and targets that are not there.
 */
import { fieldError } from '@hikyaku/resources';
import type { FieldPath, PolicyTargets, SetFinding } from '@hikyaku/resources';
import { nameOf } from '../snapshot/names.ts';
import { scopeOf, scopeOfFilter } from '../snapshot/workloads.ts';
import type { PolicyScope } from '../snapshot/workloads.ts';
import type { PolicySet } from './policy-set.ts';

export function scopeFindings(set: PolicySet): SetFinding[] {
  return [
    ...[...set.requestAuthentications, ...set.authorizationPolicies].flatMap(({ index, resource }) =>
      findingsOf(set, index, scopeOf(resource, resource.spec), { spec: resource.spec, selector: 'selector' }),
    ),
    ...set.envoyFilters.flatMap(({ index, resource }) =>
      findingsOf(set, index, scopeOfFilter(resource), { spec: resource.spec, selector: 'workloadSelector' }),
    ),
  ];
}

interface WrittenScope {
  spec: Pick<PolicyTargets, 'targetRef' | 'targetRefs'> | undefined;
  selector: 'selector' | 'workloadSelector';
}

/** A workload may have been applied before: warnings. */
function findingsOf(set: PolicySet, index: number, scope: PolicyScope, { spec, selector }: WrittenScope): SetFinding[] {
  const warn = (segments: FieldPath, message: string, hint: string): SetFinding => ({
    index,
    severity: 'warning',
    error: fieldError(segments, message, hint),
  });
  if (scope.targets.length > 0)
    return writtenTargets(spec).flatMap(({ target: { kind, name }, segments }) =>
      isThere(set, scope.namespace, kind, name)
        ? []
        : [
            warn(
              segments,
              `names the ${kind} ${name}, which is not in these manifests (namespace ${scope.namespace})`,
              elsewhere,
            ),
          ],
    );
  const { gateway, clusters } = set.workloads.select(scope);
  if (gateway || clusters.length > 0) return [];
  const labels = Object.entries(scope.labels).map(([key, value]) => `${key}=${value}`);
  if (labels.length === 0)
    return [warn(['metadata', 'namespace'], `has no Service in these manifests, so the policy holds for nothing`, elsewhere)];
  const message = `matches no Pod behind a Service of these manifests (${labels.join(', ')} in namespace ${scope.namespace}), and not the gateway: it holds for nothing`;
  return [warn(['spec', selector], message, hintFor(set, scope))];
}

const elsewhere = 'it must come from elsewhere';

function writtenTargets({ targetRef, targetRefs = [] }: WrittenScope['spec'] = {}) {
  return [
    ...targetRefs.map((target, position) => ({ target, segments: ['spec', 'targetRefs', position] })),
    ...(targetRef === undefined ? [] : [{ target: targetRef, segments: ['spec', 'targetRef'] }]),
  ];
}

function isThere(set: PolicySet, namespace: string, kind: string | undefined, name: string | undefined): boolean {
  const wanted = `${namespace}/${name}`;
  if (kind === 'Service') return set.services.some((service) => nameOf(service) === wanted);
  if (kind === 'Gateway') return [...set.gateways, ...set.kubernetesGateways].some((gateway) => nameOf(gateway) === wanted);
  // One class is always there, and what is of no other kind is said when it is compiled.
  return kind === 'GatewayClass';
}

/** What was probably meant: Pods of that name elsewhere, or the gateway, which has a namespace of its own. */
function hintFor({ pods }: PolicySet, { labels }: PolicyScope): string {
  if (labels.istio === 'ingressgateway') return 'the gateway is in namespace istio-system';
  const isLabelled = (own: Record<string, string> = {}) => Object.entries(labels).every(([key, value]) => own[key] === value);
  const found = pods.find(({ metadata }) => isLabelled(metadata.labels));
  if (found !== undefined) return `${found.metadata.name} in namespace ${found.metadata.namespace ?? 'default'} has these labels`;
  const [key = ''] = Object.keys(labels);
  const values = new Set(pods.flatMap(({ metadata }) => metadata.labels?.[key] ?? []));
  return values.size === 0 ? `no Pod here has the label ${key}` : `${key} is here: ${[...values].join(', ')}`;
}
