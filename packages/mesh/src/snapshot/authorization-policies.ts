/**
 * AuthorizationPolicies as conditions on attributes of a request. A condition that cannot be carried out here stays in its rule as
 * unknown, so that the rule fails closed: ignoring it could open a door.
 */
import type { AuthorizationPolicy } from '@hikyaku/resources';
import { bracketed } from '../routing/claims.ts';
import { nameOf } from './names.ts';
import type { Attribute, AuthorizationRule, AuthorizationRules, Condition } from './protection.ts';

type Spec = NonNullable<AuthorizationPolicy['spec']>;
type WrittenRule = NonNullable<Spec['rules']>[number];
type Source = NonNullable<NonNullable<WrittenRule['from']>[number]['source']>;
type Operation = NonNullable<NonNullable<WrittenRule['to']>[number]['operation']>;
type When = NonNullable<WrittenRule['when']>[number];
type Warn = (message: string) => void;

/** Undefined for a policy that decides nothing (AUDIT). */
export function compileAuthorization(policy: AuthorizationPolicy, warn: Warn): AuthorizationRules | undefined {
  const name = `AuthorizationPolicy ${nameOf(policy)}`;
  const { action = 'ALLOW', rules = [] } = policy.spec ?? {};
  if (action === 'AUDIT') {
    warn(`${name}: AUDIT is not carried out, nothing is recorded`);
    return undefined;
  }
  if (action === 'CUSTOM') warn(`${name}: CUSTOM asks a provider, of which there is none here: what it matches is denied`);
  const effect = action === 'ALLOW' ? 'it allows nothing by this rule' : 'it denies as if that condition held';
  return {
    action: action === 'ALLOW' ? 'ALLOW' : 'DENY',
    rules: rules.map((rule, index) =>
      compileRule(rule, (what) => warn(`${name}, rule ${index + 1}: ${what} cannot be judged here, so ${effect}`)),
    ),
  };
}

function compileRule({ from = [], to = [], when = [] }: WrittenRule, warnUnknown: Warn): AuthorizationRule {
  return {
    from: from.map(({ source = {} }) => sourceConditions(source, warnUnknown)),
    to: to.map(({ operation = {} }) => operationConditions(operation)),
    when: when.map((condition) => whenCondition(condition, warnUnknown)),
  };
}

function sourceConditions({ requestPrincipals, notRequestPrincipals, ...others }: Source, warnUnknown: Warn): Condition[] {
  const unknown = Object.entries(others).flatMap(([name, values]): Condition[] => {
    if (!Array.isArray(values) || values.length === 0) return [];
    warnUnknown(`source.${name}`);
    return [{ attribute: { kind: 'unknown', name }, values: values.map(String), notValues: [] }];
  });
  return [...conditionOn({ kind: 'request-principal' }, requestPrincipals, notRequestPrincipals), ...unknown];
}

function operationConditions(operation: Operation): Condition[] {
  const { hosts, notHosts, methods, notMethods, paths, notPaths, ports, notPorts } = operation;
  return [
    ...conditionOn({ kind: 'host' }, hosts, notHosts),
    ...conditionOn({ kind: 'method' }, methods, notMethods),
    ...conditionOn({ kind: 'path' }, paths, notPaths),
    ...conditionOn({ kind: 'port' }, ports, notPorts),
  ];
}

function conditionOn(attribute: Attribute, values: string[] = [], notValues: string[] = []): Condition[] {
  return values.length === 0 && notValues.length === 0 ? [] : [{ attribute, values, notValues }];
}

function whenCondition({ key = '', values = [], notValues = [] }: When, warnUnknown: Warn): Condition {
  const attribute = attributeOf(key);
  if (attribute.kind === 'unknown') warnUnknown(key);
  return { attribute, values, notValues };
}

const plainKeys: Readonly<Record<string, Attribute>> = {
  'request.auth.principal': { kind: 'request-principal' },
  'request.auth.audiences': { kind: 'audience' },
  'request.auth.presenter': { kind: 'presenter' },
  'destination.port': { kind: 'port' },
};

/** What the key of a `when` is about; `unknown` where it cannot be judged. */
export function attributeOf(key: string): Attribute {
  const plain = Object.hasOwn(plainKeys, key) ? plainKeys[key] : undefined;
  if (plain !== undefined) return plain;
  const [, map, brackets = ''] = /^(request\.auth\.claims|request\.headers)((?:\[[^\][]+\])+)$/.exec(key) ?? [];
  const names = bracketed(brackets);
  if (map === 'request.auth.claims') return { kind: 'claim', path: names };
  const [header, ...more] = names;
  return map === 'request.headers' && header !== undefined && more.length === 0
    ? { kind: 'header', name: header.toLowerCase() }
    : { kind: 'unknown', name: key };
}
