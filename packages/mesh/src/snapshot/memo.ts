/**
 * Compiling only what changed: remembers what was made of a resource, for as long as the resource is the same object and whatever
 * else was looked at is as it was. A changed resource is a new object (informers hand out no other), so identity tells.
 *
 * The context is watched rather than declared: of its Maps, what was asked for counts, so that a rule that names one Service is not
 * compiled again because another Service came. All else in it but `warn` counts by identity.
 */

/** What compiling is given besides the resource. `warn` is called again for what is remembered. */
export interface Context {
  warn(message: string): void;
}

/** A resource is compiled for several places (gateways, ports); those it has moved away from make room. */
const placeLimit = 16;

interface Remembered<T> {
  result: T;
  warnings: readonly string[];
  /** The context's fields: what was asked of Maps, other values as they were. */
  given: readonly { name: string; value: unknown }[];
}

/** `compile` must give the same for the same, but for calls of `warn`; its result is shared and must not be written to. */
export function memoized<R extends object, C extends Context, T>(
  compile: (resource: R, context: C) => T,
): (resource: R, context: C) => T {
  const known = new WeakMap<R, readonly Remembered<T>[]>();
  return (resource, context) => {
    const places = known.get(resource) ?? [];
    let remembered = findCurrent(places, context);
    if (remembered === undefined) {
      remembered = watch(compile, resource, context);
      known.set(resource, [remembered, ...places].slice(0, placeLimit));
    }
    for (const warning of remembered.warnings) context.warn(warning);
    return remembered.result;
  };
}

function findCurrent<T>(places: readonly Remembered<T>[], context: Context): Remembered<T> | undefined {
  for (const place of places) if (isCurrent(place, context)) return place;
  return undefined;
}

function isCurrent({ given }: Remembered<unknown>, context: Context): boolean {
  const fields = context as Context & Readonly<Record<string, unknown>>;
  for (const { name, value } of given) {
    const now = fields[name];
    if (value !== now && !(value instanceof Questions && value.haveSameAnswers(now))) return false;
  }
  return true;
}

function watch<R, C extends Context, T>(compile: (resource: R, context: C) => T, resource: R, context: C): Remembered<T> {
  const warnings: string[] = [];
  const warn = (message: string) => void warnings.push(message);
  const given: Remembered<T>['given'][number][] = [];
  const watched: [string, unknown][] = [];
  for (const [name, value] of Object.entries(context) as [string, unknown][]) {
    const questions = value instanceof Map ? new Questions() : undefined;
    watched.push([name, questions === undefined ? value : watchedBy(questions, value as Map<unknown, unknown>)]);
    if (name !== 'warn') given.push({ name, value: questions ?? value });
  }
  const result = compile(resource, { ...context, ...Object.fromEntries(watched), warn });
  return { result, warnings, given };
}

/** What was asked of a Map, and what it answered. */
class Questions {
  readonly answers = new Map<unknown, unknown>();
  /** Somebody looked at all there is. */
  wereAll = false;

  haveSameAnswers(map: unknown): boolean {
    if (!(map instanceof Map) || this.wereAll) return false;
    for (const [key, answer] of this.answers) if (map.get(key) !== answer) return false;
    return true;
  }
}

function watchedBy<K, V>(questions: Questions, map: ReadonlyMap<K, V>): ReadonlyMap<K, V> {
  const onAsked = (key: K, answer: V | undefined) => void questions.answers.set(key, answer);
  return watchedMap(map, onAsked, () => (questions.wereAll = true));
}

/** The same Map, which tells of each key that is asked for, and of everything being looked at. */
export function watchedMap<K, V>(
  map: ReadonlyMap<K, V>,
  onAsked: (key: K, answer: V | undefined) => void,
  onAll: () => void,
): ReadonlyMap<K, V> {
  const ask = (key: K) => {
    const answer = map.get(key);
    onAsked(key, answer);
    return answer;
  };
  const all = () => {
    onAll();
    return map;
  };
  return {
    get: ask,
    has: (key) => ask(key) !== undefined,
    get size() {
      return all().size;
    },
    forEach: (callback, thisArgument) => all().forEach(callback, thisArgument),
    entries: () => all().entries(),
    keys: () => all().keys(),
    values: () => all().values(),
    [Symbol.iterator]: () => all()[Symbol.iterator](),
  };
}
