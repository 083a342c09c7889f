/**
 * Whether what a consumer relies on fits what a provider's OpenAPI document promises. Decided by examples: a hundred requests made from
 * the consumer's schemas must be taken by the provider's, and a hundred answers made from the provider's must be read by the consumer's.
 */
import type { HttpContract } from '@hikyaku/service';
import { createGeneratorSync, type JsonSchema } from 'json-schema-faker';
import { Compile } from 'typebox/schema';

type Parameter = { readonly name: string; readonly in: string; readonly required?: boolean; readonly schema: JsonSchema };
type Content = { readonly 'application/json'?: { readonly schema: JsonSchema } };
type Operation = {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content?: Content };
  readonly responses?: Readonly<Record<string, { readonly content?: Content }>>;
};
/** The part of an OpenAPI 3.1 document that is read here. */
export type OpenApi = { readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> };

const examples = 100;
const anything: JsonSchema = true;

/** What does not fit, a sentence each. */
export function mismatches(contract: HttpContract, document: OpenApi): string[] {
  const path = contract.path.replaceAll(/:(\w+)/g, '{$1}');
  const sameShape = (other: string) => other.replaceAll(/\{\w+\}/g, '{}') === path.replaceAll(/\{\w+\}/g, '{}');
  const offered = Object.keys(document.paths).find(sameShape);
  const operation = offered === undefined ? undefined : document.paths[offered]?.[contract.method.toLowerCase()];
  if (operation === undefined) return [`there is no ${contract.method} ${path}`];
  return [...inQuery(contract, operation), ...inBody(contract, operation), ...inResponse(contract, operation)];
}

function inQuery({ query }: HttpContract, { parameters = [] }: Operation): string[] {
  const wanted = parameters.filter((parameter) => parameter.in === 'query');
  const schema = {
    type: 'object',
    properties: Object.fromEntries(wanted.map(({ name, schema: value }) => [name, value])),
    required: wanted.filter(({ required }) => required).map(({ name }) => name),
  };
  return fits('the query', query ?? { const: {} }, schema);
}

function inBody({ body }: HttpContract, { requestBody }: Operation): string[] {
  const taken = requestBody?.content?.['application/json']?.schema;
  if (body === undefined) return taken === undefined ? [] : ['a body is required, and none is sent'];
  return fits('the body', body, taken ?? anything);
}

function inResponse({ response }: HttpContract, { responses = {} }: Operation): string[] {
  if (response === undefined) return [];
  const success = Object.entries(responses).find(([status]) => status.startsWith('2'))?.[1];
  const given = success?.content?.['application/json']?.schema;
  return given === undefined ? ['the answer is not described'] : fits('the answer', given, response);
}

/** The first example made from `from` that `into` does not take, if any. */
function fits(what: string, from: object | boolean, into: object | boolean): string[] {
  const generator = createGeneratorSync({ seed: 1, maxDefaultItems: 3 });
  const validator = Compile(into);
  for (let index = 0; index < examples; index++) {
    const example = generator.generate(typeof from === 'boolean' ? from : { ...from });
    if (validator.Check(example)) continue;
    const [, [first]] = validator.Errors(example);
    return [`${what} ${JSON.stringify(example)} does not fit: ${first?.instancePath ?? ''} ${first?.message ?? ''}`];
  }
  return [];
}
