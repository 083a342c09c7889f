/**
 * Requests made from an OpenAPI document: some as it asks for, most of them wrong somewhere. Pure: a number decides everything, so a
 * request that broke something can be had again.
 */
import { createGeneratorSync, type JsonSchema } from 'json-schema-faker';
import fc from 'fast-check';

type Parameter = { readonly name: string; readonly in: string; readonly schema: JsonSchema };
type Operation = {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema?: JsonSchema }>> };
};
export type Document = { readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> };

/** One operation of a document. */
export type Target = { readonly method: string; readonly path: string; readonly operation: Operation };
export type WildRequest = {
  readonly method: string;
  /** Path and query, encoded. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
};

export function targetsOf(document: Document): Target[] {
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
}

/** What no service should trip over. */
const nasty: readonly unknown[] = [
  null,
  '',
  ' ',
  '\u0000',
  '\ud800',
  '😀'.repeat(50),
  'x'.repeat(20_000),
  "'; DROP TABLE orders; --",
  '../../etc/passwd',
  '00000000-0000-0000-0000-000000000000',
  '9999-99-99T99:99:99Z',
  '-1',
  0,
  -1,
  0.5,
  2 ** 31,
  2 ** 53,
  -1e300,
  true,
  [],
  {},
  [[]],
  { __proto__: null, constructor: { prototype: {} } },
];
const rawPaths = ['%', '%zz', '%00', '%ff', '..', '.', '%2e%2e%2f', ';', '*'];
const rawBodies = ['', '{', 'null', '[]', '"text"', '{"a":', '\u0000', '{"__proto__":{"x":1}}', '9'.repeat(400)];

/** Where a request goes wrong; `nowhere` is as the document asks for. */
type Flaw = 'nowhere' | 'field' | 'missing' | 'parameter' | 'path' | 'raw-body' | 'content-type';
const flaws: readonly Flaw[] = [
  'nowhere',
  'nowhere',
  'field',
  'field',
  'field',
  'missing',
  'parameter',
  'path',
  'raw-body',
  'content-type',
];

export const wildRequests = (target: Target): fc.Arbitrary<WildRequest> =>
  fc
    .record({ seed: fc.nat(), flaw: fc.constantFrom(...flaws), at: fc.nat(), value: fc.constantFrom(...nasty), raw: fc.nat() })
    .map((choice) => requestOf(target, choice));

type Choice = { readonly seed: number; readonly flaw: Flaw; readonly at: number; readonly value: unknown; readonly raw: number };

function requestOf({ method, path, operation }: Target, { seed, flaw, at, value, raw }: Choice): WildRequest {
  const generator = createGeneratorSync({ seed, alwaysFakeOptionals: true });
  const parameters = (operation.parameters ?? []).map(({ schema, ...parameter }) => ({
    ...parameter,
    value: generator.generate(schema),
  }));
  const flawed = parameters.map((parameter, index) =>
    flaw === 'parameter' && index === at % parameters.length ? { ...parameter, value } : parameter,
  );
  const filled = path.replaceAll(/\{(\w+)\}/g, (_match, name: string) =>
    flaw === 'path' ? pick(rawPaths, raw) : encoded(flawed.find((parameter) => parameter.name === name)?.value),
  );
  const query = flawed.filter((parameter) => parameter.in === 'query').map(({ name, value: text }) => `${name}=${encoded(text)}`);
  const inHeader = flawed.filter((parameter) => parameter.in === 'header').map(({ name, value: text }) => [name, encoded(text)]);
  const headers = Object.fromEntries(inHeader) as Record<string, string>;
  const url = query.length === 0 ? filled : `${filled}?${query.join('&')}`;
  const schema = operation.requestBody?.content?.['application/json']?.schema;
  if (schema === undefined) return { method, url, headers };
  const contentType = flaw === 'content-type' ? 'text/csv' : 'application/json';
  return {
    method,
    url,
    headers: { ...headers, 'content-type': contentType },
    body: flaw === 'raw-body' ? pick(rawBodies, raw) : JSON.stringify(broken(generator.generate(schema), flaw, at, value)),
  };
}

const pick = (values: readonly string[], index: number): string => values[index % values.length] ?? '';

/** As text in a URL or a header. A lone surrogate cannot be encoded. */
const encoded = (value: unknown): string =>
  encodeURIComponent((typeof value === 'string' ? value : JSON.stringify(value)).toWellFormed());

/** The value with one of its places replaced or taken out. */
function broken(value: unknown, flaw: Flaw, at: number, by: unknown): unknown {
  if (flaw !== 'field' && flaw !== 'missing') return value;
  const places = placesIn(value);
  const place = places[at % places.length] ?? [];
  return replaced(value, place, flaw === 'missing' ? undefined : by);
}

type Place = readonly (string | number)[];

function placesIn(value: unknown, here: Place = []): Place[] {
  if (typeof value !== 'object' || value === null) return [here];
  const children = Array.isArray(value) ? value.map((child, index) => [index, child] as const) : Object.entries(value);
  return [here, ...children.flatMap(([key, child]) => placesIn(child, [...here, key]))];
}

function replaced(value: unknown, [key, ...rest]: Place, by: unknown): unknown {
  if (key === undefined) return by;
  if (Array.isArray(value)) return value.map((child, index) => (index === key ? replaced(child, rest, by) : (child as unknown)));
  return Object.fromEntries(
    Object.entries(Object(value) as object).map(([name, child]) => [
      name,
      name === key ? replaced(child, rest, by) : (child as unknown),
    ]),
  );
}
