/**
 * Label selectors: matching them, and the text form kubectl and the API's `labelSelector` parameter use.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 */
import type { LabelSelector } from './model.ts';

/** A LabelSelector as the generated kinds type it, where an operator is any string. */
export interface SelectorLike {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

type Requirement = NonNullable<LabelSelector['matchExpressions']>[number];

/** An absent selector matches nothing and an empty one everything, as in Kubernetes. An operator nobody knows matches nothing. */
export function matchesSelector(selector: SelectorLike | undefined, labels: Record<string, string> | undefined): boolean {
  if (selector === undefined) return false;
  const has = labels ?? {};
  const equal = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => has[key] === value);
  return equal && (selector.matchExpressions ?? []).every((requirement) => meets(requirement, has));
}

function meets(
  { key, operator, values = [] }: { key: string; operator: string; values?: string[] },
  labels: Record<string, string>,
): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}

/** The text form, e.g. `app=cart,tier in (a,b),!canary`; the empty selector is `''`. */
export function formatSelector(selector: SelectorLike | undefined): string {
  const equal = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  return [...equal, ...(selector?.matchExpressions ?? []).map(formatRequirement)].join(',');
}

function formatRequirement({ key, operator, values = [] }: { key: string; operator: string; values?: string[] }): string {
  if (operator === 'Exists') return key;
  if (operator === 'DoesNotExist') return `!${key}`;
  return `${key} ${operator === 'In' ? 'in' : 'notin'} (${values.join(',')})`;
}

const name = String.raw`(?:[A-Za-z0-9.-]+/)?[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?`;
const value = String.raw`(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)?`;
const equality = new RegExp(`^(${name})\\s*(==|=|!=)\\s*(${value})$`);
const membership = new RegExp(`^(${name})\\s+(in|notin)\\s*\\(([^()]*)\\)$`);
const existence = new RegExp(`^(!?)\\s*(${name})$`);
const valueOnly = new RegExp(`^${value}$`);

/** Reads kubectl's `a=b,c!=d,e in (f,g),h,!i`. Throws a SyntaxError that names the part it cannot read. */
export function parseSelector(text: string): LabelSelector {
  const parts = splitOutsideParentheses(text).map((part) => part.trim());
  if (parts.length === 1 && parts[0] === '') return {};
  const selector: LabelSelector = {};
  for (const part of parts) addRequirement(selector, part);
  return selector;
}

function addRequirement(selector: LabelSelector, part: string): void {
  const [, key = '', operator, operand = ''] = equality.exec(part) ?? [];
  const labels = (selector.matchLabels ??= {});
  // The same key twice cannot be held by a map and may well contradict itself, so the second becomes an expression.
  if ((operator === '=' || operator === '==') && !Object.hasOwn(labels, key)) labels[key] = operand;
  else (selector.matchExpressions ??= []).push(requirementOf(part));
}

function requirementOf(part: string): Requirement {
  const [, equalKey = '', sign, operand = ''] = equality.exec(part) ?? [];
  if (sign !== undefined) return { key: equalKey, operator: sign === '!=' ? 'NotIn' : 'In', values: [operand] };
  const [, setKey = '', word, list = ''] = membership.exec(part) ?? [];
  if (word !== undefined)
    return {
      key: setKey,
      operator: word === 'in' ? 'In' : 'NotIn',
      values: list.split(',').map((item) => labelValue(item.trim(), part)),
    };
  const [, not, key] = existence.exec(part) ?? [];
  if (key === undefined)
    throw new SyntaxError(`cannot read ${JSON.stringify(part)} as a label selector; write key=value, key in (a,b), key or !key`);
  return { key, operator: not === '!' ? 'DoesNotExist' : 'Exists' };
}

function labelValue(text: string, part: string): string {
  if (!valueOnly.test(text)) throw new SyntaxError(`${JSON.stringify(text)} in ${JSON.stringify(part)} is not a label value`);
  return text;
}

function splitOutsideParentheses(text: string): string[] {
  return text.split(/,(?![^(]*\))/);
}
