/**
 * RequestAuthentications and AuthorizationPolicies that do not do what they seem to: keys that cannot be read, conditions that cannot be judged,
 * rules that say nothing.
 */
import { fieldError } from '@hikyaku/resources';
import type { AuthorizationPolicy, RequestAuthentication, SetFinding } from '@hikyaku/resources';
import { attributeOf } from '../snapshot/authorization-policies.ts';
import { namespaceOf } from '../snapshot/names.ts';
import { keySourceOf } from '../snapshot/request-authentications.ts';
import type { PolicySet } from './policy-set.ts';
import type { Member } from './routing-set.ts';

export function securityFindings({ requestAuthentications, authorizationPolicies }: PolicySet): SetFinding[] {
  return [...requestAuthentications.flatMap(tokenFindings), ...authorizationPolicies.flatMap(ruleFindings)];
}

function tokenFindings({ index, resource }: Member<RequestAuthentication>): SetFinding[] {
  const rules = resource.spec?.jwtRules ?? [];
  const issuers = rules.map(({ issuer }) => issuer ?? '');
  return rules.flatMap((rule, position): SetFinding[] => {
    const at = ['spec', 'jwtRules', position];
    const keys = keySourceOf(rule, namespaceOf(resource));
    const unreadable = keys.kind === 'none' ? [fieldError(at, `refuses every token: ${keys.why}`, 'write jwksUri or jwks')] : [];
    const isAgain = issuers[position] !== '' && issuers.indexOf(issuers[position] ?? '') < position;
    const again = isAgain ? [fieldError([...at, 'issuer'], 'is that of an earlier rule: one of the two judges its tokens')] : [];
    return [
      ...unreadable.map((error): SetFinding => ({ index, severity: 'error', error })),
      ...again.map((error): SetFinding => ({ index, severity: 'warning', error })),
    ];
  });
}

function ruleFindings({ index, resource }: Member<AuthorizationPolicy>): SetFinding[] {
  const { action = 'ALLOW', rules = [] } = resource.spec ?? {};
  const effect = action === 'ALLOW' ? 'the rule allows nothing' : 'the rule denies as if it held';
  const unknown = rules.flatMap((rule, position) =>
    (rule.when ?? []).flatMap(({ key = '' }, condition) =>
      attributeOf(key).kind === 'unknown'
        ? [fieldError(['spec', 'rules', position, 'when', condition, 'key'], `${key} cannot be judged here: ${effect}`)]
        : [],
    ),
  );
  const idle =
    action === 'DENY' && rules.length === 0
      ? [fieldError(['spec', 'action'], 'is DENY without rules, which denies nothing', 'rules: [{}] denies everything')]
      : [];
  return [...unknown, ...idle].map((error) => ({ index, severity: 'warning', error }));
}
