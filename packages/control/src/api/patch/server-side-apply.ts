/**
 * Server-side apply: each manager says which fields it wants, and the server remembers whose they are. A field its manager no longer
 * wants goes, unless another one wants it too; a field that two managers want to be different is a conflict, which `force` decides for
 * the one who comes last.
 *
 * Simplified against Kubernetes: only appliers own fields. Whoever updates or patches does so without being recorded.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
import { ResourceError } from '@hikyaku/resources';
import { isObject, isSameJson, omit } from '../../json.ts';
import { mergeKeyAt } from './list-keys.ts';

type JsonObject = Record<string, unknown>;

export interface ApplyOptions {
  manager: string;
  force: boolean;
  now: Date;
}

interface ManagedFields extends JsonObject {
  manager: string;
  operation: 'Apply';
  fieldsV1: JsonObject;
}

/** The object after `wanted` has been applied to `live` (absent: it does not exist yet). Throws `Conflict`. */
export function applyServerSide(live: JsonObject | undefined, wanted: JsonObject, options: ApplyOptions): JsonObject {
  const entries = managedFieldsOf(live ?? {});
  const own = entries.find(({ manager }) => manager === options.manager);
  const others = entries.filter(({ manager }) => manager !== options.manager);
  const config = withoutServerFields(wanted);
  const fields = fieldsOf(config, []);
  const conflicts = others.flatMap((entry) => conflictsWith(entry, fields, live ?? {}, config));
  if (conflicts.length > 0 && !options.force) throw conflict(conflicts);

  const kept =
    own === undefined
      ? (live ?? {})
      : removeFields(live ?? {}, own.fieldsV1, [fields, ...others.map(({ fieldsV1 }) => fieldsV1)], []);
  const merged = mergeApplied(kept, config, []) as JsonObject;
  const entry = {
    manager: options.manager,
    operation: 'Apply',
    apiVersion: config.apiVersion,
    time: options.now.toISOString().replace(/\.\d+Z$/, 'Z'),
    fieldsType: 'FieldsV1',
    fieldsV1: fields,
  };
  const isSame = own !== undefined && isSameJson(own.fieldsV1, fields);
  const managedFields = [...others, isSame ? own : entry];
  return { ...merged, metadata: { ...(isObject(merged.metadata) ? merged.metadata : {}), managedFields } };
}

function managedFieldsOf({ metadata }: JsonObject): ManagedFields[] {
  const list: unknown = isObject(metadata) ? metadata.managedFields : undefined;
  return Array.isArray(list) ? list.filter(isManagedFields) : [];
}

function isManagedFields(entry: unknown): entry is ManagedFields {
  return isObject(entry) && typeof entry.manager === 'string' && entry.operation === 'Apply' && isObject(entry.fieldsV1);
}

/** What an applier cannot own. */
function withoutServerFields(wanted: JsonObject): JsonObject {
  const metadata = isObject(wanted.metadata)
    ? omit(wanted.metadata, 'managedFields', 'resourceVersion', 'uid', 'creationTimestamp', 'generation')
    : {};
  return { ...omit(wanted, 'status'), metadata };
}

// ── field sets, as FieldsV1: `f:name` for a member, `k:{"name":"web"}` for a list item ──

function fieldsOf(value: unknown, path: readonly string[]): JsonObject {
  if (isObject(value)) {
    const named = Object.entries(value).filter(
      ([name]) => !(path.length === 0 && ['apiVersion', 'kind'].includes(name)) && !isIdentity(path, name),
    );
    return Object.fromEntries(named.map(([name, member]) => [`f:${name}`, fieldsOf(member, [...path, name])]));
  }
  const key = mergeKeyAt(path);
  if (!Array.isArray(value) || key === undefined) return {};
  return Object.fromEntries(value.filter(isObject).map((item) => [itemKey(item, key), { '.': {}, ...fieldsOf(item, path) }]));
}

function isIdentity(path: readonly string[], name: string): boolean {
  return path.length === 1 && path[0] === 'metadata' && (name === 'name' || name === 'namespace');
}

function itemKey(item: JsonObject, key: string): string {
  return `k:${JSON.stringify({ [key]: item[key] })}`;
}

function isLeaf(fields: JsonObject): boolean {
  return Object.keys(fields).filter((name) => name !== '.').length === 0;
}

/** The value that a field name leads to, and its path. */
function step(value: unknown, field: string, path: readonly string[]): { value: unknown; path: readonly string[] } {
  if (field.startsWith('f:')) {
    const name = field.slice(2);
    return { value: isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined, path: [...path, name] };
  }
  const key = mergeKeyAt(path);
  const item: unknown =
    Array.isArray(value) && key !== undefined
      ? value.find((candidate) => isObject(candidate) && itemKey(candidate, key) === field)
      : undefined;
  return { value: item, path };
}

function conflictsWith({ manager, fieldsV1 }: ManagedFields, fields: JsonObject, live: unknown, wanted: unknown): string[] {
  return differing(fieldsV1, fields, live, wanted, []).map((field) => `conflict with "${manager}": ${field}`);
}

/** Leaves in both sets whose wanted value is not the one there is. */
function differing(theirs: JsonObject, ours: JsonObject, live: unknown, wanted: unknown, path: readonly string[]): string[] {
  return Object.keys(ours)
    .filter((field) => field !== '.' && Object.hasOwn(theirs, field))
    .flatMap((field) => {
      const [mine, other] = [ours[field], theirs[field]];
      const [is, should] = [step(live, field, path), step(wanted, field, path)];
      if (isObject(mine) && isObject(other) && !isLeaf(mine)) return differing(other, mine, is.value, should.value, should.path);
      // Two managers may both want a map or a list of items; only what they put into it can differ.
      if (isObject(should.value) || (Array.isArray(should.value) && mergeKeyAt(should.path) !== undefined)) return [];
      return isSameJson(is.value, should.value) ? [] : [`.${should.path.join('.')}`];
    });
}

function conflict(conflicts: string[]): ResourceError {
  const count = conflicts.length === 1 ? '1 conflict' : `${conflicts.length} conflicts`;
  return new ResourceError('Conflict', `Apply failed with ${count}: ${conflicts.join('; ')}`);
}

/** `value` without the fields of `gone` that nobody in `wanted` wants any more. */
function removeFields(value: JsonObject, gone: JsonObject, wanted: JsonObject[], path: readonly string[]): JsonObject {
  const kept = new Map(Object.entries(value));
  for (const [field, inner] of Object.entries(gone)) {
    if (!field.startsWith('f:') || !isObject(inner)) continue;
    const name = field.slice(2);
    const stillWanted = wanted.flatMap((set) => (isObject(set[field]) ? [set[field]] : []));
    const member = kept.get(name);
    if (stillWanted.length === 0) removeMember(kept, name, inner, [...path, name]);
    else if (isObject(member)) kept.set(name, removeFields(member, inner, stillWanted, [...path, name]));
    else if (Array.isArray(member)) kept.set(name, removeItems(member, inner, stillWanted, [...path, name]));
  }
  return Object.fromEntries(kept);
}

/** An unwanted object may hold members that were never this manager's: they stay, and it with them. */
function removeMember(kept: Map<string, unknown>, name: string, fields: JsonObject, path: readonly string[]): void {
  const member = kept.get(name);
  if (isObject(member)) {
    const rest = removeFields(member, fields, [], path);
    if (Object.keys(rest).length > 0) kept.set(name, rest);
    else kept.delete(name);
  } else if (Array.isArray(member) && mergeKeyAt(path) !== undefined) {
    const rest = removeItems(member, fields, [], path);
    if (rest.length > 0) kept.set(name, rest);
    else kept.delete(name);
  } else kept.delete(name);
}

function removeItems(list: unknown[], gone: JsonObject, wanted: JsonObject[], path: readonly string[]): unknown[] {
  const key = mergeKeyAt(path);
  if (key === undefined) return list;
  return list.flatMap((item) => {
    const field = isObject(item) ? itemKey(item, key) : '';
    const fields = gone[field];
    if (!isObject(item) || !isObject(fields)) return [item];
    const stillWanted = wanted.flatMap((set) => (isObject(set[field]) ? [set[field]] : []));
    return stillWanted.length === 0 ? [] : [removeFields(item, fields, stillWanted, path)];
  });
}

function mergeApplied(live: unknown, wanted: unknown, path: readonly string[]): unknown {
  if (isObject(wanted)) {
    const base = isObject(live) ? live : {};
    const merged = Object.entries(wanted).map(
      ([name, member]) => [name, mergeApplied(base[name], member, [...path, name])] as const,
    );
    return { ...base, ...Object.fromEntries(merged) };
  }
  const key = mergeKeyAt(path);
  if (!Array.isArray(wanted) || !Array.isArray(live) || key === undefined) return wanted;
  return mergeItems(live, wanted, key, path);
}

function mergeItems(live: unknown[], wanted: unknown[], key: string, path: readonly string[]): unknown[] {
  const keyOf = (item: unknown) => (isObject(item) ? itemKey(item, key) : '');
  const wantedKeys = new Set(wanted.map(keyOf));
  const others = live.filter((item) => !wantedKeys.has(keyOf(item)));
  return [
    ...wanted.map((item) =>
      mergeApplied(
        live.find((candidate) => keyOf(candidate) === keyOf(item)),
        item,
        path,
      ),
    ),
    ...others,
  ];
}
