/**
 * Kubernetes' strategic merge patch: a merge patch that also merges lists, item by item where items have a key. Directives in the
 * patch say more than a value can:
 *
 *   $patch: delete | replace | merge       for the object (or the list item) it stands in
 *   $retainKeys: [a, b]                    all other members of this object go
 *   $deleteFromPrimitiveList/<field>       values to take out of a set
 *   $setElementOrder/<field>               the order the items of a list should have
 *
 * https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md
 */
import { ResourceError } from '@hikyaku/resources';
import { isObject, isSameJson } from '../../json.ts';
import { isSetAt, mergeKeyAt } from './list-keys.ts';

type JsonObject = Record<string, unknown>;

const deletePrefix = '$deleteFromPrimitiveList/';
const orderPrefix = '$setElementOrder/';

/** Throws `BadRequest` when a list item lacks the key it is merged by. */
export function applyStrategicMergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  return mergeObjects(target, patch, []);
}

function mergeObjects(target: JsonObject, patch: JsonObject, path: readonly string[]): JsonObject {
  if (patch.$patch === 'replace') return withoutDirectives(patch);
  if (patch.$patch === 'delete') return {};
  const retained = patch.$retainKeys;
  const merged = new Map(Object.entries(target).filter(([name]) => !Array.isArray(retained) || retained.includes(name)));
  for (const [name, value] of Object.entries(patch)) {
    if (name.startsWith('$')) continue;
    if (value === null) merged.delete(name);
    else merged.set(name, mergeValues(merged.get(name), value, [...path, name]));
  }
  applyListDirectives(merged, patch, path);
  return Object.fromEntries(merged);
}

function mergeValues(target: unknown, value: unknown, path: readonly string[]): unknown {
  if (isObject(value)) return mergeObjects(isObject(target) ? target : {}, value, path);
  if (!Array.isArray(value)) return value;
  const current: unknown[] = Array.isArray(target) ? target : [];
  const key = mergeKeyAt(path);
  if (key !== undefined) return mergeLists(current, value, key, path);
  return isSetAt(path) ? union(current, value) : value;
}

function mergeLists(target: unknown[], patch: unknown[], key: string, path: readonly string[]): unknown[] {
  const isReplacement = patch.some((item) => isObject(item) && item.$patch === 'replace');
  const merged = isReplacement ? [] : [...target];
  for (const item of patch) {
    if (!isObject(item)) throw new ResourceError('BadRequest', `the items of ${path.join('.')} have to be objects`);
    if (item.$patch === 'replace') continue;
    mergeItem(merged, item, key, path);
  }
  return merged;
}

function mergeItem(list: unknown[], item: JsonObject, key: string, path: readonly string[]): void {
  if (item[key] === undefined)
    throw new ResourceError('BadRequest', `an item of ${path.join('.')} in the patch has no ${key}, by which it would be merged`);
  const index = list.findIndex((candidate) => isObject(candidate) && candidate[key] === item[key]);
  const current = list[index];
  if (item.$patch === 'delete') {
    if (index >= 0) list.splice(index, 1);
  } else if (isObject(current)) list[index] = mergeObjects(current, item, path);
  else list.push(mergeObjects({}, item, path));
}

function applyListDirectives(merged: Map<string, unknown>, patch: JsonObject, path: readonly string[]): void {
  for (const [name, value] of Object.entries(patch)) {
    if (!Array.isArray(value)) continue;
    if (name.startsWith(deletePrefix)) {
      const list = merged.get(name.slice(deletePrefix.length));
      if (Array.isArray(list))
        merged.set(
          name.slice(deletePrefix.length),
          list.filter((item) => !value.some((gone) => isSameJson(gone, item))),
        );
    } else if (name.startsWith(orderPrefix)) {
      const field = name.slice(orderPrefix.length);
      const list = merged.get(field);
      if (Array.isArray(list)) merged.set(field, inOrder(list, value, mergeKeyAt([...path, field])));
    }
  }
}

/** Items that the order names stand in that order; the others keep their place behind the item they followed. */
function inOrder(list: unknown[], order: unknown[], key: string | undefined): unknown[] {
  const identity = (item: unknown) => JSON.stringify(key !== undefined && isObject(item) ? item[key] : item);
  const wanted = order.map(identity);
  const named = list
    .filter((item) => wanted.includes(identity(item)))
    .sort((a, b) => wanted.indexOf(identity(a)) - wanted.indexOf(identity(b)));
  let next = 0;
  return list.map((item) => (wanted.includes(identity(item)) ? named[next++] : item));
}

function union(current: unknown[], added: unknown[]): unknown[] {
  return [...current, ...added.filter((item) => !current.some((existing) => isSameJson(existing, item)))];
}

function withoutDirectives(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !name.startsWith('$')));
}
