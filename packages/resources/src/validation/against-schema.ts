/**
 * Holds a value against a schema and says every difference in words. Unlike a JSON Schema validator it takes unknown members for mistakes and,
 * as the Kubernetes API does, `null` for an absent one.
 */
import { resolve, schemaAt, type Schema } from '../schema/schema.ts';
import { fieldError, required, unknown, type FieldError, type FieldPath } from './field-error.ts';
import { formatError } from './formats.ts';
import { didYouMean } from './near-match.ts';

/** All differences, depth first in the order of the value's own members. */
export function checkAgainstSchema(schema: Schema, value: unknown, path: FieldPath = []): FieldError[] {
  const wrongType = typeError(schema, value, path);
  if (wrongType !== undefined) return [wrongType];
  if (Array.isArray(value))
    return [
      ...sizeErrors(schema, value, path),
      ...value.flatMap((item: unknown, index) => itemErrors(schema, item, [...path, index])),
    ];
  if (isMapping(value)) return mappingErrors(schema, value, path);
  return scalarErrors(schema, value, path);
}

/** A mapping in the sense of YAML and JSON: no list, not null. */
export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function itemErrors(schema: Schema, item: unknown, path: FieldPath): FieldError[] {
  return schema.items === undefined ? [] : checkAgainstSchema(resolve(schema.items), item, path);
}

function mappingErrors(schema: Schema, value: Record<string, unknown>, path: FieldPath): FieldError[] {
  const members = Object.entries(value).filter(([, member]) => member !== null);
  const present = members.map(([name]) => name);
  const missing = (schema.required ?? []).filter((name) => !present.includes(name));
  const exclusive = (schema.exclusive ?? []).filter((name) => present.includes(name));
  return [
    ...missing.map((name) => required([...path, name])),
    ...(exclusive.length > 1 ? [fieldError(path, `can have only one of ${exclusive.join(' and ')}`)] : []),
    ...members.flatMap(([name, member]) => memberErrors(schema, name, member, path)),
  ];
}

function memberErrors(schema: Schema, name: string, member: unknown, path: FieldPath): FieldError[] {
  const memberPath = [...path, name];
  const memberSchema = schemaAt(schema, name);
  if (memberSchema !== undefined) return checkAgainstSchema(memberSchema, member, memberPath);
  if (schema.properties === undefined) return [];
  return [unknownField(memberPath, name, Object.keys(schema.properties))];
}

function unknownField(path: FieldPath, name: string, known: string[]): FieldError {
  const suggestion = didYouMean(name, known) ?? (known.length <= 8 ? `known here: ${known.join(', ')}` : undefined);
  return unknown(path, suggestion);
}

const typeNames = {
  object: 'a mapping',
  array: 'a list',
  string: 'a string',
  boolean: 'true or false',
  integer: 'a whole number',
  number: 'a number',
};

function typeError({ type }: Schema, value: unknown, path: FieldPath): FieldError | undefined {
  if (type === undefined || hasType(type, value)) return undefined;
  const wantsQuotes = type === 'string' && (typeof value === 'number' || typeof value === 'boolean');
  return fieldError(
    path,
    `must be ${typeNames[type]}, got ${show(value)}`,
    wantsQuotes ? `put it in quotes: "${String(value)}"` : undefined,
  );
}

function hasType(type: NonNullable<Schema['type']>, value: unknown): boolean {
  switch (type) {
    case 'object':
      return isMapping(value);
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    case 'number':
      return typeof value === 'number' && Number.isFinite(value);
    default:
      return typeof value === type;
  }
}

function scalarErrors(schema: Schema, value: unknown, path: FieldPath): FieldError[] {
  if (schema.enum !== undefined && !schema.enum.includes(value)) return [enumError(schema.enum, value, path)];
  const wrongFormat = schema.format === undefined ? undefined : formatError(schema.format, value);
  if (wrongFormat !== undefined) return [fieldError(path, wrongFormat)];
  return typeof value === 'number'
    ? rangeErrors(schema, value, path)
    : typeof value === 'string'
      ? textErrors(schema, value, path)
      : [];
}

function enumError(allowed: unknown[], value: unknown, path: FieldPath): FieldError {
  const texts = allowed.map((text) => (text === '' ? '""' : String(text)));
  return fieldError(
    path,
    `must be ${texts.length === 1 ? '' : 'one of '}${texts.join(', ')}, got ${show(value)}`,
    didYouMean(String(value), texts),
  );
}

function rangeErrors({ minimum, maximum }: Schema, value: number, path: FieldPath): FieldError[] {
  if (minimum !== undefined && value < minimum) return [fieldError(path, `must be ${minimum} or more, got ${value}`)];
  if (maximum !== undefined && value > maximum) return [fieldError(path, `must be ${maximum} or less, got ${value}`)];
  return [];
}

function textErrors({ minLength, maxLength, pattern }: Schema, value: string, path: FieldPath): FieldError[] {
  if (minLength !== undefined && value.length < minLength) return [fieldError(path, 'must not be empty')];
  if (maxLength !== undefined && value.length > maxLength)
    return [fieldError(path, `must have at most ${maxLength} characters, has ${value.length}`)];
  if (pattern !== undefined && !new RegExp(pattern).test(value))
    return [fieldError(path, `must match ${pattern}, got ${show(value)}`)];
  return [];
}

function sizeErrors({ minItems, maxItems }: Schema, value: unknown[], path: FieldPath): FieldError[] {
  if (minItems !== undefined && value.length < minItems)
    return [fieldError(path, `must have at least ${minItems} ${minItems === 1 ? 'item' : 'items'}`)];
  if (maxItems !== undefined && value.length > maxItems)
    return [fieldError(path, `must have at most ${maxItems} items, has ${value.length}`)];
  return [];
}

/** A value as a message shows it, cut where it would bury the rest. */
export function show(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (isMapping(value)) return 'a mapping';
  if (value === null || value === undefined) return 'nothing';
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
