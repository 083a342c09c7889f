/** Finds what a resource asks for that hikyaku does not do: valid, and so no mistake, but never dropped in silence. */
import type { Resource } from '../model.ts';
import { kindKeyOf } from '../registry.ts';
import { isMapping, show } from '../validation/against-schema.ts';
import { fieldError, formatPath, type FieldError, type FieldPath } from '../validation/field-error.ts';
import { honouredKinds } from './kinds.ts';
import type { Support } from './support.ts';

/** One finding per outermost field that is not honoured. Expects a resource without mistakes. */
export function notHonoured(resource: Resource): FieldError[] {
  const support = honouredKinds[kindKeyOf(resource)];
  return support === undefined ? [] : compare(support, resource, []);
}

function compare(support: Support | undefined, value: unknown, path: FieldPath): FieldError[] {
  if (support === undefined)
    return saysNothing(value) ? [] : [{ ...fieldError(path, 'is not honoured by hikyaku yet'), code: 'unknown' }];
  if (support.level === 'harmless') return [];
  if (support.level === 'works') return valueFindings(support.values, value, path);
  if (Array.isArray(value)) return value.flatMap((item: unknown, index) => compare(support, item, [...path, index]));
  if (!isMapping(value)) return [];
  return Object.entries(value).flatMap(([name, member]) => compare(memberOf(support.members, name), member, [...path, name]));
}

function memberOf(members: Readonly<Record<string, Support>>, name: string): Support | undefined {
  return Object.hasOwn(members, name) ? members[name] : members['*'];
}

function valueFindings(values: readonly unknown[] | undefined, value: unknown, path: FieldPath): FieldError[] {
  if (values === undefined || value === null || values.includes(value)) return [];
  const message = `${formatPath(path)}: ${show(value)} is not honoured by hikyaku yet, only ${values.map(show).join(', ')}`;
  return [{ ...fieldError(path, ''), message }];
}

/** An empty list, an empty mapping and `false` leave everything as it would be without them. */
function saysNothing(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isMapping(value)) return Object.keys(value).length === 0;
  return value === false || value === null || value === '';
}
