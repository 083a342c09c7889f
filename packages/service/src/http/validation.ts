/**
 * Request validation by TypeBox schemas. What comes as text (path, query, headers) is converted to the schema's types;
 * a JSON body is taken as it is, so that `"1"` is no number. A mistake becomes a 400 problem with one entry per place.
 */
import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Convert, Default } from 'typebox/value';
import { problem, type Problem } from './problem.ts';

/** One mistake in a request, as a member of the problem's `errors`. */
export type FieldProblem = {
  /** Where it is: `body`, `query`, `path` or `header`. */
  readonly in: string;
  /** JSON pointer as a URI fragment, `#/items/0/quantity`. */
  readonly pointer: string;
  readonly detail: string;
};

const places: Readonly<Record<string, string>> = { body: 'body', querystring: 'query', params: 'path', headers: 'header' };

export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart = 'body' }) => {
  const validator = Compile(schema);
  const isText = httpPart !== 'body';
  const hasDefaults = JSON.stringify(schema).includes('"default"');
  const texts = textNames(schema);
  return (input: unknown) => {
    const read = isText && !isReadAsIs(texts, input) ? fromText(schema, input) : input;
    const value = hasDefaults ? Default(schema, read) : read;
    if (validator.Check(value)) return { value };
    return { error: invalid(validator.Errors(value).flatMap((error) => fieldProblems(places[httpPart] ?? httpPart, error))) };
  };
};

/** The names of an object's values where all of them are texts; undefined where some have to be converted. */
function textNames(schema: TSchema): readonly string[] | undefined {
  if (!isRecord(schema) || !isRecord(schema.properties) || isRecord(schema.additionalProperties)) return undefined;
  const properties = Object.entries(schema.properties);
  return properties.every(([, type]) => isRecord(type) && type.type === 'string') ? properties.map(([name]) => name) : undefined;
}

/** Converting walks schema and value, for each request again; most headers and paths are texts, and there is nothing to convert. */
const isReadAsIs = (texts: readonly string[] | undefined, input: unknown): boolean =>
  texts !== undefined && isRecord(input) && texts.every((name) => input[name] === undefined || typeof input[name] === 'string');

/** Converts what is written as the schema's type writes it; `1.5` is no integer, and stays the text it was. */
function fromText(schema: TSchema, input: unknown): unknown {
  // `Convert` changes what it is given.
  const texts: unknown = isRecord(input) ? { ...input } : input;
  const converted: unknown = Convert(schema, input);
  if (!isRecord(texts) || !isRecord(converted)) return converted;
  const kept = Object.entries(converted).map(([name, value]) => [
    name,
    typeof value === 'number' && String(value) !== texts[name] ? texts[name] : value,
  ]);
  return Object.fromEntries(kept);
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const invalid = (errors: readonly FieldProblem[]): Problem =>
  problem(400, { detail: errors.map(({ pointer, detail }) => `${pointer} ${detail}`).join('; '), errors });

/** The part of TypeBox's (and AJV's) error object that is used here. */
type SchemaError = { readonly keyword: string; readonly instancePath: string; readonly message: string; readonly params: object };

function fieldProblems(place: string, error: SchemaError): FieldProblem[] {
  const at = (pointer: string, detail: string): FieldProblem => ({ in: place, pointer: `#${pointer}`, detail });
  const missing = names(error.params, 'requiredProperties');
  if (error.keyword === 'required' && missing)
    return missing.map((name) => at(`${error.instancePath}/${escape(name)}`, 'is missing'));
  const unknown = names(error.params, 'additionalProperties');
  if (error.keyword === 'additionalProperties' && unknown)
    return unknown.map((name) => at(`${error.instancePath}/${escape(name)}`, 'is not known here'));
  return [at(error.instancePath, error.message)];
}

function names(params: object, key: string): string[] | undefined {
  const value: unknown = Object.entries(params).find(([name]) => name === key)?.[1];
  return Array.isArray(value) ? value.map(String) : undefined;
}

/** RFC 6901, section 3. */
const escape = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');
