/**
 * Rules that delegate to a VirtualService which cannot take them. One that is not in the set may come from elsewhere.
 */
import { fieldError } from '@hikyaku/resources';
import type { SetFinding, VirtualService } from '@hikyaku/resources';
import { effectiveRules, whyNoDelegate } from '../snapshot/delegates.ts';
import type { Delegates } from '../snapshot/delegates.ts';
import { namespaceOf } from '../snapshot/names.ts';
import type { Member } from './routing-set.ts';

/** `virtualServices`: all of the set, by `namespace/name`. */
export function delegateMistakes({ index, resource }: Member<VirtualService>, virtualServices: Delegates): SetFinding[] {
  const ownNamespace = namespaceOf(resource);
  return (resource.spec?.http ?? []).flatMap((rule, position): SetFinding[] => {
    if (rule.delegate === undefined) return [];
    const { name = '', namespace = ownNamespace } = rule.delegate;
    const delegate = virtualServices.get(`${namespace}/${name}`);
    const named = `names the VirtualService ${namespace}/${name}, `;
    const at = (severity: SetFinding['severity'], message: string, suggestion?: string): SetFinding => ({
      index,
      severity,
      error: fieldError(['spec', 'http', position, 'delegate'], message, suggestion),
    });
    if (delegate === undefined) return [at('warning', `${named}which is not in these manifests`, 'it must come from elsewhere')];
    const problem = whyNoDelegate(delegate, ownNamespace);
    if (problem !== undefined) return [at('error', `${named}${problem}`)];
    return leftOut(resource, position, virtualServices).map((why) => at('error', `${named}of which a rule never holds: ${why}`));
  });
}

/** What the compiler says of the rules of the delegate that it cannot merge. */
function leftOut(resource: VirtualService, position: number, virtualServices: Delegates): string[] {
  const { http = [], ...spec } = resource.spec ?? {};
  const warnings: string[] = [];
  effectiveRules({ ...resource, spec: { ...spec, http: http.slice(position, position + 1) } }, virtualServices, (warning) =>
    warnings.push(warning.replace(/^.*, delegated to VirtualService /, '')),
  );
  return warnings;
}
