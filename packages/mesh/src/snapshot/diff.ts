/**
 * What changed from one snapshot to the next, and the next made of the one before and the change. Whoever follows snapshots (the
 * proxy process, a Node process that decides for itself) is given the whole once and changes from there on: one rule among
 * thousands then costs what one rule costs, on the wire and where it is put in force.
 *
 * Works on any plain JSON and knows no field of the snapshot, so that new fields travel by themselves. Pure.
 */

/** Plain JSON itself. */
export type Patch =
  /** Another value, whole. */
  | { op: 'replace'; value: unknown }
  /** An object some of whose fields are new, changed or gone. */
  | { op: 'fields'; changed: [name: string, patch: Patch][]; removed: string[] }
  /** A list as long as before, some of whose elements changed. */
  | { op: 'elements'; changed: [index: number, patch: Patch][] }
  /** A list put together of runs of the elements it had, wherever they were, and of new ones. */
  | { op: 'runs'; runs: Run[] };

type Run = { from: number; count: number } | { inserted: unknown[] };

/**
 * Undefined when both say the same. Parts that are the same object are not looked into. A field that is undefined counts as absent,
 * as it does in JSON; the order of fields counts for nothing.
 */
export function diff(before: unknown, after: unknown): Patch | undefined {
  if (before === after) return undefined;
  if (Array.isArray(before) && Array.isArray(after)) return diffLists(before, after);
  if (isRecord(before) && isRecord(after)) return diffRecords(before, after);
  return { op: 'replace', value: after };
}

/**
 * The value that `diff` compared `before` with. `before` stays as it is; what did not change is shared with it, so that its identity
 * says that it did not. The patch must have been made for a value equal to `before`.
 */
export function merge<T>(before: T, patch: Patch): T {
  return mergeAny(before, patch) as T;
}

/** `after` as it is, made of the parts of `before` wherever these say the same: their identity then tells that they do. */
export function share<T>(before: T, after: T): T {
  const patch = diff(before, after);
  return patch === undefined ? before : merge(before, patch);
}

function mergeAny(before: unknown, patch: Patch): unknown {
  if (patch.op === 'replace') return patch.value;
  if (patch.op === 'fields') return mergeFields(isRecord(before) ? before : misapplied(patch), patch);
  const list: readonly unknown[] = Array.isArray(before) ? before : misapplied(patch);
  if (patch.op === 'runs')
    return patch.runs.flatMap((run) => ('inserted' in run ? run.inserted : list.slice(run.from, run.from + run.count)));
  const next = [...list];
  for (const [index, change] of patch.changed) next[index] = mergeAny(list[index], change);
  return next;
}

function mergeFields(before: Record<string, unknown>, { changed, removed }: Extract<Patch, { op: 'fields' }>): unknown {
  // A Map, because assigning to an object would treat a field called `__proto__` in its own way.
  const fields = new Map(Object.entries(before));
  for (const name of removed) fields.delete(name);
  for (const [name, change] of changed) fields.set(name, mergeAny(fields.get(name), change));
  return Object.fromEntries(fields);
}

function diffRecords(before: Record<string, unknown>, after: Record<string, unknown>): Patch | undefined {
  // Nearly all that is compared is the same: nothing is allocated until something is not.
  let changed: [string, Patch][] | undefined;
  let removed: string[] | undefined;
  for (const name of Object.keys(after)) {
    if (after[name] === undefined || after[name] === before[name]) continue;
    const patch = diff(Object.hasOwn(before, name) ? before[name] : undefined, after[name]);
    if (patch !== undefined) (changed ??= []).push([name, patch]);
  }
  for (const name of Object.keys(before)) {
    if (before[name] === undefined || (after[name] !== undefined && Object.hasOwn(after, name))) continue;
    (removed ??= []).push(name);
  }
  return changed === undefined && removed === undefined
    ? undefined
    : { op: 'fields', changed: changed ?? [], removed: removed ?? [] };
}

function diffLists(before: readonly unknown[], after: readonly unknown[]): Patch | undefined {
  if (before.length !== after.length) return { op: 'runs', runs: runsOf(before, after) };
  const changed: [number, Patch][] = [];
  for (let index = 0; index < after.length; index++) {
    if (isSame(before[index], after[index])) continue;
    const patch = diff(before[index], after[index]);
    if (patch !== undefined) changed.push([index, patch]);
  }
  if (changed.length > fewElements) {
    const runs = runsOf(before, after);
    // One that moved changes all between.
    if (runs.length < changed.length / 2) return { op: 'runs', runs };
  }
  return changed.length === 0 ? undefined : { op: 'elements', changed };
}

/** As many changed elements of a list are not looked at for having moved. */
const fewElements = 8;

/** Elements are first followed in order, and what is left over on both sides is then found again by what it says. */
function runsOf(before: readonly unknown[], after: readonly unknown[]): Run[] {
  const places = placesInOrder(before, after);
  const taken = new Set(places);
  const left = new Map<string, number>();
  if (taken.has(undefined))
    for (const [place, element] of before.entries()) if (!taken.has(place)) left.set(JSON.stringify(element), place);
  const runs: Run[] = [];
  for (const [index, element] of after.entries()) {
    const place = places[index] ?? (left.size > 0 ? left.get(JSON.stringify(element)) : undefined);
    if (place === undefined) insert(runs, element);
    else keep(runs, place);
  }
  return runs;
}

/** So many elements that came, went or were replaced in one place do not make the others lose their order. */
const lookAhead = 8;

/** Where in `before` each element of `after` stands, as long as both go on in the same order. */
function placesInOrder(before: readonly unknown[], after: readonly unknown[]): (number | undefined)[] {
  const places = Array.from({ length: after.length }, (): number | undefined => undefined);
  let place = 0;
  let index = 0;
  while (place < before.length && index < after.length) {
    const skipped = isSame(before[place], after[index]) ? here : gap(before, after, place, index);
    if (skipped === undefined) break;
    place += skipped.before;
    index += skipped.after;
    places[index++] = place++;
  }
  // From the end, too: what is between may be many.
  for (let fromEnd = 1; fromEnd <= Math.min(after.length - index, before.length - place); fromEnd++) {
    if (!isSame(before.at(-fromEnd), after.at(-fromEnd))) break;
    places[after.length - fromEnd] = before.length - fromEnd;
  }
  return places;
}

const here = { before: 0, after: 0 };

/** How many to pass over on either side until both go on alike; the fewest there are. */
function gap(
  before: readonly unknown[],
  after: readonly unknown[],
  place: number,
  index: number,
): { before: number; after: number } | undefined {
  for (let skipped = 1; skipped <= lookAhead; skipped++)
    for (let other = 0; other <= skipped; other++)
      for (const [b, a] of [
        [skipped, other],
        [other, skipped],
      ] as const)
        if (place + b < before.length && index + a < after.length && isSame(before[place + b], after[index + a]))
          return { before: b, after: a };
  return undefined;
}

function insert(runs: Run[], element: unknown): void {
  const last = runs.at(-1);
  if (last !== undefined && 'inserted' in last) last.inserted.push(element);
  else runs.push({ inserted: [element] });
}

function keep(runs: Run[], place: number): void {
  const last = runs.at(-1);
  if (last !== undefined && 'count' in last && last.from + last.count === place) last.count++;
  else runs.push({ from: place, count: 1 });
}

/**
 * As `diff`, but done with the first difference and with nothing allocated: of a resource that arrives anew every part is looked at here, and the first
 * times no code is compiled yet.
 */
function isSame(before: unknown, after: unknown): boolean {
  if (before === after) return true;
  if (Array.isArray(before) && Array.isArray(after)) {
    if (before.length !== after.length) return false;
    for (let index = 0; index < after.length; index++) if (!isSame(before[index], after[index])) return false;
    return true;
  }
  return isRecord(before) && isRecord(after) && areSameRecords(before, after);
}

function areSameRecords(before: Record<string, unknown>, after: Record<string, unknown>): boolean {
  let unseen = 0;
  // In plain JSON nothing is inherited but what cannot be enumerated.
  for (const name in before) if (before[name] !== undefined) unseen++;
  for (const name in after) {
    const value = after[name];
    if (value === undefined) continue;
    if (!Object.hasOwn(before, name) || !isSame(before[name], value)) return false;
    unseen--;
  }
  return unseen === 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function misapplied({ op }: Patch): never {
  throw new TypeError(`a patch of ${op} was made for another value`);
}
