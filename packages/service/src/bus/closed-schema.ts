/**
 * A schema that also refuses what it does not name, made from one that says nothing about that. Data that fits it has nothing that would have to be left
 * away, and finding that out takes a hundredth of the time of going through data and schema side by side.
 */
import type { TSchema } from 'typebox';

const made = new WeakMap<TSchema, TSchema | undefined>();

/** Undefined where it cannot be made: for a schema with anything else in it than values, objects with named properties, lists and alternatives. */
export function closedSchema(schema: TSchema): TSchema | undefined {
  if (!made.has(schema)) made.set(schema, closed(schema));
  return made.get(schema);
}

/** Keywords that hold other schemas. */
const holders: Readonly<Record<string, (value: unknown) => unknown>> = {
  properties: closedProperties,
  items: closed,
  anyOf: (value) => (Array.isArray(value) ? allOrNone(value.map(closed)) : undefined),
};

function closed(schema: unknown): TSchema | undefined {
  if (!isRecord(schema) || (schema.additionalProperties ?? false) !== false) return undefined;
  const result: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(schema)) {
    const kept = holders[keyword] ? holders[keyword](value) : plain(value);
    if (kept === undefined) return undefined;
    result[keyword] = kept;
  }
  return 'properties' in result ? { ...result, additionalProperties: false } : result;
}

function closedProperties(value: unknown): unknown {
  if (!isRecord(value)) return undefined;
  const schemas = allOrNone(Object.values(value).map(closed));
  return schemas && Object.fromEntries(Object.keys(value).map((name, index) => [name, schemas[index]]));
}

/** What another keyword may hold: nothing that could be a schema. */
const plain = (value: unknown): unknown =>
  isPrimitive(value) || (Array.isArray(value) && value.every(isPrimitive)) ? value : undefined;

const allOrNone = <T>(values: readonly (T | undefined)[]): T[] | undefined => {
  const present = values.filter((value) => value !== undefined);
  return present.length === values.length ? present : undefined;
};

const isPrimitive = (value: unknown): boolean => typeof value !== 'object' || value === null;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
