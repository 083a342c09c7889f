/**
 * Writes src/schema/schemas.json: the schemas of the kinds hikyaku runs, taken from the OpenAPI documents of Kubernetes and the CRDs of Istio
 * and the Gateway API, reduced to what validation needs (no descriptions, no status). Run it by hand to move to newer versions:
 *
 *   go mod download -json k8s.io/kubernetes@v1.34.2        # prints the Dir to pass as the first argument
 *   go mod download -json istio.io/api@v1.27.0             # the second
 *   go mod download -json sigs.k8s.io/gateway-api@v1.7.0   # the third
 *   node packages/resources/scripts/schemas.ts DIR DIR DIR
 *
 * `kubernetes-models` types these kinds at compile time, but its validators let unknown fields pass, and loading them costs 65 ms and 22 MB
 * for a single kind.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { allKinds, apiVersionOf } from '../src/registry.ts';
import { enums } from './schema-enums.ts';

interface JsonSchema {
  $ref?: string;
  type?: string;
  format?: string;
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | boolean;
  items?: JsonSchema;
  allOf?: JsonSchema[];
  oneOf?: { required?: string[]; not?: unknown }[];
  'x-kubernetes-validations'?: { rule: string }[];
  'x-kubernetes-group-version-kind'?: GroupVersionKind[];
  [keyword: string]: unknown;
}
interface GroupVersionKind {
  group: string;
  version: string;
  kind: string;
}
interface CustomResourceDefinition {
  kind: string;
  spec: { group: string; names: { kind: string }; versions: { name: string; schema: { openAPIV3Schema: JsonSchema } }[] };
}

const [kubernetesDir = '', istioDir = '', gatewayApiDir = ''] = process.argv.slice(2);
const reference = '#/components/schemas/';
const kept = [
  'type',
  'format',
  'enum',
  'required',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'pattern',
];
const special: Record<string, JsonSchema> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { format: 'quantity' },
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { format: 'int-or-string' },
  'io.k8s.apimachinery.pkg.apis.meta.v1.Time': { type: 'string', format: 'date-time' },
  'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime': { type: 'string', format: 'date-time' },
  'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1': {},
};

/** Said to be required, but the API server takes such a list for an empty one when it is absent, and official clients leave it out. */
const absentLists: Record<string, string> = { 'discovery.v1.EndpointSlice': 'endpoints' };

const openApi = readOpenApi(kubernetesDir);
const crds = [...istioCrds(istioDir), ...gatewayApiCrds(gatewayApiDir)];
const definitions: Record<string, JsonSchema> = {};
const kinds: Record<string, JsonSchema> = {};
for (const kind of allKinds) {
  for (const version of kind.servedVersions)
    kinds[`${apiVersionOf({ ...kind, version })}/${kind.kind}`] = rootOf({ ...kind, version });
}
writeFileSync(
  join(import.meta.dirname, '../src/schema/schemas.json'),
  `{\n"from": ${JSON.stringify([kubernetesDir, istioDir, gatewayApiDir].map((dir) => basename(dir)))},\n"kinds": ${lines(kinds)},\n"definitions": ${lines(definitions)},\n"otherKinds": ${JSON.stringify(otherKinds())}\n}\n`,
);

function rootOf(gvk: GroupVersionKind): JsonSchema {
  const crd = crds.find(({ spec }) => spec.group === gvk.group && spec.names.kind === gvk.kind);
  const schema = crd?.spec.versions.find(({ name }) => name === gvk.version)?.schema.openAPIV3Schema;
  if (schema !== undefined) return custom(reduce(schema), gvk);
  const [name] =
    Object.entries(openApi).find(
      ([, { 'x-kubernetes-group-version-kind': gvks }]) => gvks?.length === 1 && sameKind(gvks[0], gvk),
    ) ?? [];
  if (name === undefined) throw new Error(`no schema for ${gvk.group}/${gvk.version} ${gvk.kind}`);
  return refer(name);
}

/** A CRD leaves out the members every resource has, or says little of them. */
function custom(schema: JsonSchema, { group, kind }: GroupVersionKind): JsonSchema {
  // Istio and the Gateway API both have a Gateway.
  const name = `${group}.${kind}`;
  const metadata = refer('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta');
  definitions[name] = {
    ...schema,
    properties: { apiVersion: { type: 'string' }, kind: { type: 'string' }, ...schema.properties, metadata, status: {} },
  };
  return { $ref: name };
}

/** Adds the definition, and all it refers to, under its short name. */
function refer(name: string): JsonSchema {
  const known = special[name];
  if (known !== undefined) return known;
  const short = name.replace(/^io\.k8s\.(api|apimachinery\.pkg\.apis|apimachinery\.pkg)\./, '');
  if (definitions[short] === undefined) {
    definitions[short] = {};
    definitions[short] = withEnums(short, withoutAbsentLists(short, reduce(openApi[name] ?? {})));
  }
  return { $ref: short };
}

function reduce(schema: JsonSchema): JsonSchema {
  const target = schema.$ref ?? schema.allOf?.[0]?.$ref;
  if (target !== undefined) return refer(target.slice(reference.length));
  if (schema['x-kubernetes-preserve-unknown-fields'] === true) return {};
  const result: JsonSchema = Object.fromEntries(
    kept.filter((keyword) => keyword in schema).map((keyword) => [keyword, schema[keyword]]),
  );
  if (schema.properties !== undefined) {
    result.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([name, property]) => [name, isOpaque(name) ? {} : reduce(property)]),
    );
  }
  if (schema.items !== undefined) result.items = reduce(schema.items);
  if (typeof schema.additionalProperties === 'object') result.additionalProperties = reduce(schema.additionalProperties);
  const exclusive = schema.oneOf?.flatMap(({ required = [] }) => required) ?? [];
  if (exclusive.length > 0) result.exclusive = exclusive;
  if (schema['x-kubernetes-validations']?.some(({ rule }) => rule.includes('duration(self)')) === true)
    result.format = 'duration';
  return result;
}

/** Written by the system, never by a person: not worth a schema. */
function isOpaque(property: string): boolean {
  return property === 'status' || property === 'managedFields';
}

function withoutAbsentLists(definition: string, schema: JsonSchema): JsonSchema {
  const list = absentLists[definition];
  return Array.isArray(schema.required) ? { ...schema, required: schema.required.filter((name) => name !== list) } : schema;
}

function withEnums(definition: string, schema: JsonSchema): JsonSchema {
  for (const [field, values] of Object.entries(enums[definition] ?? {})) {
    const property = schema.properties?.[field];
    if (property === undefined) throw new Error(`${definition} has no field ${field} for an enum`);
    const target = property.items ?? property;
    target.enum = values;
  }
  return schema;
}

/** Every other kind of Kubernetes, Istio and the Gateway API that a manifest may hold: valid, though hikyaku has no use for it. */
function otherKinds(): string[] {
  const kubernetes = Object.values(openApi).flatMap((schema) => {
    const gvks = schema['x-kubernetes-group-version-kind'] ?? [];
    return gvks.length === 1 && schema.properties?.metadata !== undefined ? gvks : [];
  });
  const custom = crds.flatMap(({ spec }) =>
    spec.versions.map(({ name }) => ({ group: spec.group, version: name, kind: spec.names.kind })),
  );
  const names = [...kubernetes, ...custom].map((gvk) => `${apiVersionOf(gvk)}/${gvk.kind}`);
  return [...new Set(names)].filter((name) => kinds[name] === undefined && !name.endsWith('List')).sort();
}

function readOpenApi(dir: string): Record<string, JsonSchema> {
  const folder = join(dir, 'api/openapi-spec/v3');
  const documents = readdirSync(folder).map(
    (file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as { components?: { schemas?: Record<string, JsonSchema> } },
  );
  return Object.assign({}, ...documents.map(({ components }) => components?.schemas ?? {})) as Record<string, JsonSchema>;
}

function istioCrds(dir: string): CustomResourceDefinition[] {
  return readCrds(join(dir, 'kubernetes/customresourcedefinitions.gen.yaml'));
}

/** The standard channel: what is not experimental. */
function gatewayApiCrds(dir: string): CustomResourceDefinition[] {
  const folder = join(dir, 'config/crd/standard');
  return readdirSync(folder).flatMap((file) => readCrds(join(folder, file)));
}

function readCrds(file: string): CustomResourceDefinition[] {
  const documents = parseAllDocuments(readFileSync(file, 'utf8'));
  const objects = documents.flatMap((document) => (document.toJS() as CustomResourceDefinition | null) ?? []);
  return objects.filter(({ kind }) => kind === 'CustomResourceDefinition');
}

function sameKind(a: GroupVersionKind | undefined, b: GroupVersionKind): boolean {
  return a?.group === b.group && a.version === b.version && a.kind === b.kind;
}

/** One definition a line, so that a diff between two versions can be read. */
function lines(map: Record<string, JsonSchema>): string {
  const entries = Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{\n${entries.map(([name, schema]) => `${JSON.stringify(name)}: ${JSON.stringify(schema)}`).join(',\n')}\n}`;
}
