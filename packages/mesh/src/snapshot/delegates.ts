/**
 * Rules that are written in another VirtualService (Istio's `delegate`): one level deep, and only where what the delegate asks for lies
 * within what the delegating rule lets through. Istio's rules for merging; where it logs and drops a rule, a warning is given.
 */
import type { HttpMatch, HttpRule, RouteDestination, TextMatch, VirtualService } from '@hikyaku/resources';
import { byIdentity } from '../routing/by-identity.ts';
import { memoized } from './memo.ts';
import { nameOf, namespaceOf, qualify } from './names.ts';
import { isVisibleFrom } from './visibility.ts';

/** A rule to be compiled, with the place it was written in. */
export interface EffectiveRule {
  rule: HttpRule;
  /** In which its destinations are looked up. */
  namespace: string;
  routeName: string;
}

/** VirtualServices by `namespace/name`. */
export type Delegates = ReadonlyMap<string, VirtualService>;

/** All rules of a VirtualService in order, delegates' in place of the rules that name them. */
export function effectiveRules(
  virtualService: VirtualService,
  virtualServices: Delegates,
  warn: (message: string) => void,
): EffectiveRule[] {
  return (virtualService.spec?.http ?? []).flatMap((rule, index): EffectiveRule[] =>
    rule.delegate === undefined
      ? [{ rule, namespace: namespaceOf(virtualService), routeName: routeName(virtualService, index) }]
      : rulesDelegated(virtualService, index, virtualServices, warn),
  );
}

/** What the delegate that the rule at `index` names puts in its place. Each is the same object as long as both are. */
export function rulesDelegated(
  virtualService: VirtualService,
  index: number,
  virtualServices: Delegates,
  warn: (message: string) => void,
): EffectiveRule[] {
  const written = virtualService.spec?.http?.[index];
  if (written?.delegate === undefined) return [];
  const ownNamespace = namespaceOf(virtualService);
  const root: EffectiveRule = {
    rule: qualified(written, ownNamespace),
    namespace: ownNamespace,
    routeName: routeName(virtualService, index),
  };
  const { name = '', namespace = ownNamespace } = written.delegate;
  const delegate = virtualServices.get(`${namespace}/${name}`);
  const problem = whyNoDelegate(delegate, ownNamespace);
  if (delegate !== undefined && problem === undefined) return delegated(root, delegate, warn);
  warn(`${root.routeName}: delegates to VirtualService ${namespace}/${name}, ${problem ?? ''}`);
  return [];
}

/** Why a VirtualService cannot be delegated to from a namespace, as the rest of a sentence; undefined when it can. */
export function whyNoDelegate(delegate: VirtualService | undefined, namespace: string): string | undefined {
  if (delegate === undefined) return 'which is not there';
  if ((delegate.spec?.hosts ?? []).length > 0) return 'which has hosts of its own: a delegate must have none';
  return isVisibleFrom(delegate, namespace) ? undefined : `which is not exported to namespace ${namespace}`;
}

function delegated(root: EffectiveRule, delegate: VirtualService, warn: (message: string) => void): EffectiveRule[] {
  const namespace = namespaceOf(delegate);
  return (delegate.spec?.http ?? []).flatMap((written, index): EffectiveRule[] => {
    const leaf = qualified(written, namespace);
    const name = `${root.routeName}, delegated to ${routeName(delegate, index)}`;
    const rule = leaf.delegate === undefined ? mergeRules(root.rule)(leaf) : undefined;
    if (rule !== undefined) return [{ rule, namespace, routeName: name }];
    const why =
      leaf.delegate === undefined
        ? 'it asks for what the delegating rule does not let through'
        : 'it delegates further, and only one level is allowed';
    warn(`${name}: is left out, because ${why}`);
    return [];
  });
}

export function routeName(virtualService: VirtualService, index: number): string {
  const label = virtualService.spec?.http?.[index]?.name ?? '';
  return `VirtualService ${nameOf(virtualService)}, rule ${index + 1}${label === '' ? '' : ` (${label})`}`;
}

function qualified(rule: HttpRule, namespace: string): HttpRule {
  return qualifiedRule(rule, { namespace, warn: () => undefined });
}

/** With every name that a merge takes to another namespace written out. The same object as long as the rule is the same. */
const qualifiedRule = memoized(
  (rule: HttpRule, { namespace }: { namespace: string; warn: (message: string) => void }): HttpRule => {
    const { match, mirror, mirrors } = rule;
    return {
      ...rule,
      ...(match && { match: match.map((each) => withGateways(each, namespace)) }),
      ...(mirror && { mirror: qualifiedDestination(mirror, namespace) }),
      ...(mirrors && {
        mirrors: mirrors.map((each) => ({ ...each, destination: qualifiedDestination(each.destination, namespace) })),
      }),
    };
  },
);

function withGateways(match: HttpMatch, namespace: string): HttpMatch {
  return match.gateways === undefined
    ? match
    : { ...match, gateways: match.gateways.map((gateway) => qualify(gateway, namespace)) };
}

function qualifiedDestination(destination: RouteDestination, namespace: string): RouteDestination {
  return destination.host.includes('.')
    ? destination
    : { ...destination, host: `${destination.host}.${namespace}.svc.cluster.local` };
}

/** What the delegating rule says holds where the delegate's says nothing. Undefined when they contradict each other. */
const mergeRules = byIdentity((root: HttpRule) =>
  byIdentity((leaf: HttpRule): HttpRule | undefined => {
    const match = mergeMatches(root.match ?? [], leaf.match ?? []);
    if (match === undefined) return undefined;
    const inherited = Object.fromEntries(Object.entries(root).filter(([field]) => field !== 'delegate')) as HttpRule;
    const name = [root.name, leaf.name].filter((part) => part !== undefined && part !== '').join('-');
    return { ...inherited, ...leaf, ...(name !== '' && { name }), ...(match.length > 0 && { match }) };
  }),
);

/** Every alternative of the delegate with every one of the root that it does not contradict; one that contradicts all spoils the rule. */
function mergeMatches(roots: readonly HttpMatch[], leaves: readonly HttpMatch[]): HttpMatch[] | undefined {
  if (roots.length === 0) return [...leaves];
  if (leaves.length === 0) return [...roots];
  const merged = leaves.map((leaf) => roots.filter((root) => !isConflict(root, leaf)).map((root) => mergeMatch(root, leaf)));
  return merged.some((alternatives) => alternatives.length === 0) ? undefined : merged.flat();
}

const keyedConditions = ['headers', 'withoutHeaders', 'queryParams', 'sourceLabels'] as const;

function mergeMatch(root: HttpMatch, leaf: HttpMatch): HttpMatch {
  const keyed = keyedConditions
    .filter((name) => root[name] !== undefined || leaf[name] !== undefined)
    .map((name) => [name, { ...root[name], ...leaf[name] }]);
  return { ...root, ...leaf, ...Object.fromEntries(keyed) } as HttpMatch;
}

function isConflict(root: HttpMatch, leaf: HttpMatch): boolean {
  return (
    (['uri', 'scheme', 'method', 'authority'] as const).some((name) => isTextConflict(root[name], leaf[name])) ||
    (['headers', 'withoutHeaders', 'queryParams'] as const).some((name) => isKeyedConflict(root[name], leaf[name])) ||
    (root.ignoreUriCase ?? false) !== (leaf.ignoreUriCase ?? false) ||
    isDifferent(root.port, leaf.port) ||
    isDifferent(root.sourceNamespace, leaf.sourceNamespace) ||
    Object.entries(leaf.sourceLabels ?? {}).some(([name, value]) => isDifferent(root.sourceLabels?.[name], value)) ||
    (root.gateways !== undefined && leaf.gateways?.some((gateway) => root.gateways?.includes(gateway) === false) === true)
  );
}

function isDifferent<T>(root: T | undefined, leaf: T | undefined): boolean {
  return root !== undefined && leaf !== undefined && root !== leaf;
}

function isKeyedConflict(root: Record<string, TextMatch> = {}, leaf: Record<string, TextMatch> = {}): boolean {
  return Object.entries(leaf).some(([name, condition]) => Object.hasOwn(root, name) && isTextConflict(root[name], condition));
}

/** Unless what the delegate's condition lets through surely lies within what the root's does. Of regular expressions that cannot be told. */
function isTextConflict(root: TextMatch | undefined, leaf: TextMatch | undefined): boolean {
  if (root === undefined || leaf === undefined) return false;
  if (root.exact !== undefined) return leaf.exact !== root.exact;
  const written = leaf.exact ?? leaf.prefix;
  return root.prefix === undefined || written?.startsWith(root.prefix) !== true;
}
