/**
 * What is wrong with the resources of the Gateway API: what their statuses would say once they are applied, and matches that are written twice.
 */
import {
  fieldError,
  GatewayClasses,
  Gateways,
  GRPCRoutes,
  HTTPRoutes,
  KubernetesGateways,
  Namespaces,
  ReferenceGrants,
  Secrets,
  Services,
} from '@hikyaku/resources';
import type { FieldPath, Resource, SetFinding, SetMember } from '@hikyaku/resources';
import { parentsOf } from '../snapshot/gateway-api/attachments.ts';
import { attachRoutes } from '../snapshot/gateway-api/compile.ts';
import type { AttachedRoute } from '../snapshot/gateway-api/compile.ts';
import type { GatewayApiRoute, Problem } from '../snapshot/gateway-api/resources.ts';
import { membersOf } from './routing-set.ts';

export function gatewayApiFindings(set: readonly SetMember[]): SetFinding[] {
  const all = <R extends Resource>(kind: Parameters<typeof membersOf<R>>[1]): R[] =>
    membersOf(set, kind).map(({ resource }) => resource);
  const indexes = new Map<Resource, number>(set.map(({ resource }, index) => [resource, index]));
  const resources = {
    gatewayClasses: all(GatewayClasses),
    gateways: all(KubernetesGateways),
    httpRoutes: all(HTTPRoutes),
    grpcRoutes: all(GRPCRoutes),
    referenceGrants: all(ReferenceGrants),
    namespaces: all(Namespaces),
  };
  const parents = parentsOf(resources, { services: all(Services), gateways: all(Gateways), secrets: all(Secrets) });
  const found = (
    resource: Resource | undefined,
    severity: SetFinding['severity'],
    segments: FieldPath,
    message: string,
  ): SetFinding[] => {
    const index = resource && indexes.get(resource);
    return index === undefined ? [] : [{ index, severity, error: fieldError(segments, message) }];
  };
  const ofListeners = resources.gateways.flatMap((gateway) =>
    (gateway.spec?.listeners ?? []).flatMap((spec, position) => {
      const listener = parents.listeners.find((own) => own.spec === spec);
      const problem = listener?.notAccepted ?? listener?.conflict ?? listener?.unresolved;
      return problem === undefined || isOfSomethingElsewhere(problem)
        ? []
        : found(gateway, 'warning', ['spec', 'listeners', position], `is not served: ${problem.message}`);
    }),
  );
  const ofRoutes = attachRoutes(resources, parents, () => undefined).flatMap((attached) =>
    routeFindings(attached).flatMap(({ severity, segments, message }) => found(attached.route, severity, segments, message)),
  );
  return [...ofListeners, ...ofRoutes];
}

interface Finding {
  severity: SetFinding['severity'];
  segments: FieldPath;
  message: string;
}

/** References to what is not in the set are left out: the set is checked for these before. */
function isOfSomethingElsewhere({ message }: Problem): boolean {
  return message.startsWith('there is no');
}

function routeFindings({ route, attachments, compiled }: AttachedRoute): Finding[] {
  return [
    ...attachments.flatMap(({ position, problem }): Finding[] =>
      problem === undefined || isOfSomethingElsewhere(problem)
        ? []
        : [{ severity: 'error', segments: ['spec', 'parentRefs', position], message: `attaches to nothing: ${problem.message}` }],
    ),
    ...compiled.findings
      .filter(({ reason }) => reason !== 'BackendNotFound')
      .map(({ segments, message }): Finding => ({ severity: 'error', segments, message: `cannot be carried out: ${message}` })),
    ...repeatedMatches(route),
  ];
}

/** Precedence orders all other matches so that the narrower one is asked first; of two equal ones only the first ever is. */
function repeatedMatches({ spec }: GatewayApiRoute): Finding[] {
  const first = new Map<string, string>();
  return (spec?.rules ?? []).flatMap((rule, index) =>
    (rule.matches ?? []).flatMap((match, position): Finding[] => {
      const key = JSON.stringify(match);
      const place = `spec.rules[${index}].matches[${position}]`;
      const earlier = first.get(key);
      if (earlier === undefined) first.set(key, place);
      if (earlier === undefined) return [];
      const message = `can never be reached: ${earlier} takes every request it matches`;
      return [{ severity: 'warning', segments: ['spec', 'rules', index, 'matches', position], message }];
    }),
  );
}
