/** Filling gaps in data of which no more is known than that it has passed validation. */
import { isMapping } from '../validation/against-schema.ts';

export type Fields = Record<string, unknown>;

/** Sets each field that is not there. */
export function fill(target: Fields, defaults: Fields): void {
  for (const [name, value] of Object.entries(defaults)) target[name] ??= value;
}

/** The mapping in that field, made when it is absent. */
export function record(target: Fields, name: string): Fields {
  const present = target[name];
  if (isMapping(present)) return present;
  const created: Fields = {};
  if (present === undefined) target[name] = created;
  return created;
}

/** The mapping in that field; undefined when it is absent. */
export function optional(target: Fields, name: string): Fields | undefined {
  const present = target[name];
  return isMapping(present) ? present : undefined;
}

/** The mappings in that list; none when it is absent. */
export function records(target: Fields, name: string): Fields[] {
  const list = target[name];
  return Array.isArray(list) ? list.filter(isMapping) : [];
}
