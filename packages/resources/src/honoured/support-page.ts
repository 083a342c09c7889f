/** Writes docs/support.md: for each kind, the fields its schema has and how far they are honoured. */
import { allKinds, apiVersionOf, kindKey, type KindInfo } from '../registry.ts';
import { resolve, schemaAt, schemaOf, schemas, type Schema } from '../schema/schema.ts';
import { honouredKinds, sharedParts, type SharedPart } from './kinds.ts';
import type { Support } from './support.ts';

interface Findings {
  works: string[];
  harmless: string[];
  missing: string[];
}

export function supportPage(): string {
  return `${[introduction(), ...allKinds.flatMap(kindSection), ...sharedParts.flatMap(partSection), otherKindsSection()].join('\n\n')}\n`;
}

function introduction(): string {
  const sources = new Intl.ListFormat('en', { type: 'conjunction' }).format(schemas().from.map(code));
  return `# What hikyaku honours

Generated from the code by \`npm run docs:support\`; the schemas are those of ${sources}.

Every field of these kinds may be written: the manifests are checked against the full schemas. A field under **Not yet** is named in a warning
with its place when a manifest uses it; one under **Without effect** is accepted quietly, for the reason given. Members of a field that is
listed without them count like the field.`;
}

function kindSection(kind: KindInfo): string[] {
  const support = honouredKinds[kindKey(kind)];
  const schema = schemaOf(apiVersionOf(kind), kind.kind);
  if (support === undefined || schema === undefined) return [];
  const versions = kind.servedVersions.map((version) => `\`${apiVersionOf({ ...kind, version })}\``).join(', ');
  return [section(`${kind.kind} (${versions})`, findings(support, schema, ''))];
}

function partSection({ name, support, definition }: SharedPart): string[] {
  return definition === undefined ? [] : [section(name, findings(support, resolve({ $ref: definition }), ''))];
}

function section(title: string, { works, harmless, missing }: Findings): string {
  const lines = [
    ...(works.length > 0 ? [`- **Works:** ${works.join(', ')}`] : []),
    ...(harmless.length > 0 ? ['- **Without effect:**', ...harmless.map((line) => `  - ${line}`)] : []),
    ...(missing.length > 0 ? [`- **Not yet:** ${missing.join(', ')}`] : []),
  ];
  return `## ${title}\n\n${lines.length > 0 ? lines.join('\n') : '- Has no fields of its own.'}`;
}

/** Walks schema and table side by side. What every resource has (metadata, status, …) is left out. */
function findings(support: Support, schema: Schema, prefix: string): Findings {
  const found: Findings = { works: [], harmless: [], missing: [] };
  const inner = insideLists(schema);
  const names = Object.keys(inner.properties ?? {}).filter(
    (name) => prefix !== '' || !['apiVersion', 'kind', 'metadata', 'status'].includes(name),
  );
  const reasons = new Map<string, string[]>();
  for (const name of names) {
    const member = support.level === 'members' ? (support.members[name] ?? support.members['*']) : support;
    add(found, reasons, `${prefix}${name}`, member, schemaAt(inner, name) ?? {});
  }
  found.harmless.push(...Array.from(reasons, ([why, fields]) => `${fields.map(code).join(', ')}: ${why}`));
  return found;
}

function add(found: Findings, reasons: Map<string, string[]>, path: string, support: Support | undefined, schema: Schema): void {
  if (support === undefined) found.missing.push(code(path));
  else if (support.level === 'harmless') reasons.set(support.why, [...(reasons.get(support.why) ?? []), path]);
  else if (support.level === 'works') found.works.push(withValues(path, support.values));
  else addMembers(found, path, support, schema);
}

function addMembers(found: Findings, path: string, support: Support & { level: 'members' }, schema: Schema): void {
  const part = sharedParts.find((shared) => shared.support === support);
  if (part !== undefined) {
    found.works.push(`${code(path)} (${part.definition === undefined ? part.name : `[${part.name}](#${anchorOf(part.name)})`})`);
    return;
  }
  const inner = insideLists(schema);
  if (inner.properties === undefined) found.works.push(freeNames(path, support));
  const nested = findings(support, schema, `${path}.`);
  for (const level of ['works', 'harmless', 'missing'] as const) found[level].push(...nested[level]);
}

/** A map with names of the user's own, like resource limits. */
function freeNames(path: string, support: Support & { level: 'members' }): string {
  const named = Object.keys(support.members).filter((name) => name !== '*');
  return named.length === 0 ? code(path) : named.map((name) => code(`${path}.${name}`)).join(', ');
}

function withValues(path: string, values: readonly unknown[] | undefined): string {
  return values === undefined ? code(path) : `${code(path)} (${values.map((value) => code(String(value))).join(', ')} only)`;
}

function insideLists(schema: Schema): Schema {
  const resolved = resolve(schema);
  return resolved.items === undefined ? resolved : insideLists(resolved.items);
}

function otherKindsSection(): string {
  const names = [
    ...new Set(
      schemas()
        .otherKinds.filter((name) => !/alpha|beta/.test(name))
        .map((name) => name.slice(name.lastIndexOf('/') + 1)),
    ),
  ].sort();
  return `## Kinds that are left out

A manifest may hold these; each is named in a warning and left out: ${names.map(code).join(', ')}, and every custom resource.`;
}

function code(text: string): string {
  return `\`${text}\``;
}

/** As GitHub makes them of headings. */
function anchorOf(heading: string): string {
  return heading.toLowerCase().replaceAll(' ', '-');
}
