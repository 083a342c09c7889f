/**
 * Compiling only what changed of a list: remembers by name what was made of each element, for as long as the element is the same object in the
 * same place and whatever else was looked at is as it was. The counterpart of `memo.ts` for lists of thousands that are compiled in one
 * context: what holds for all of them is looked at once, and nothing is looked up for an element that stayed.
 *
 * Whoever compiles again and again keeps one of these; what an earlier compilation asked for, and the latest did not, is forgotten.
 */
import { watchedMap } from './memo.ts';
import type { Context } from './memo.ts';

/** What one of the context's Maps said. */
interface Answer {
  map: string;
  key: unknown;
  value: unknown;
  /** Somebody looked at all there is in it: that never holds again. */
  isAll?: true;
}

interface Made<T> {
  result: T;
  warnings: readonly string[];
  answers: readonly Answer[];
}

interface Remembered<R, T> {
  elements: readonly R[];
  made: readonly Made<T>[];
  /** All that was asked for any of them. */
  answers: ReadonlySet<Answer>;
  /** The context they were made in, as far as it counts by identity. */
  fixed: ReadonlyMap<string, unknown>;
}

export class ListMemo<R extends object, T> {
  #before = new Map<string, Remembered<R, T>>();
  #latest = new Map<string, Remembered<R, T>>();

  /** A compilation begins. */
  turn(): void {
    this.#before = this.#latest;
    this.#latest = new Map();
  }

  /**
   * What `compile` makes of each element. It must give the same for the same, but for calls of `warn`; results are shared and must not be written
   * to. Lists of one name are taken for versions of one another.
   */
  each<C extends Context>(
    name: string,
    elements: readonly R[],
    context: C,
    compile: (element: R, index: number, context: C) => T,
  ): T[] {
    const { fixed, maps } = partsOf(context);
    const before = this.#latest.get(name) ?? this.#before.get(name);
    const known = before !== undefined && isSame(before.fixed, fixed) ? before : undefined;
    const stale = new Set([...(known?.answers ?? [])].filter((answer) => !stillHolds(answer, maps)));
    const holds = ({ answers }: Made<T>) => stale.size === 0 || !answers.some((answer) => stale.has(answer));
    let watch: Watch<C> | undefined;
    const made = elements.map((element, index) => {
      const last = known?.elements[index] === element ? known.made[index] : undefined;
      if (last !== undefined && holds(last)) return last;
      watch ??= new Watch(context, maps);
      return watch.made((watched) => compile(element, index, watched));
    });
    const answers = watch === undefined && known !== undefined ? known.answers : allAnswers(made);
    this.#latest.set(name, { elements, made, answers, fixed });
    for (const { warnings } of made) for (const warning of warnings) context.warn(warning);
    return made.map(({ result }) => result);
  }
}

type Maps = ReadonlyMap<string, ReadonlyMap<unknown, unknown>>;

/** Of the Maps only what was asked counts, and that they are there. */
function partsOf(context: Context): { fixed: ReadonlyMap<string, unknown>; maps: Maps } {
  const fixed = new Map<string, unknown>();
  const maps = new Map<string, ReadonlyMap<unknown, unknown>>();
  for (const [name, value] of Object.entries(context) as [string, unknown][]) {
    if (name === 'warn') continue;
    if (value instanceof Map) maps.set(name, value);
    fixed.set(name, value instanceof Map ? Map : value);
  }
  return { fixed, maps };
}

function isSame(before: ReadonlyMap<string, unknown>, now: ReadonlyMap<string, unknown>): boolean {
  if (before.size !== now.size) return false;
  for (const [name, value] of before) if (!now.has(name) || now.get(name) !== value) return false;
  return true;
}

function stillHolds({ map, key, value, isAll }: Answer, maps: Maps): boolean {
  return isAll !== true && maps.get(map)?.get(key) === value;
}

function allAnswers(made: readonly Made<unknown>[]): Set<Answer> {
  const all = new Set<Answer>();
  for (const { answers } of made) for (const answer of answers) all.add(answer);
  return all;
}

/** A context that notes what it is asked and told, element by element. */
class Watch<C extends Context> {
  readonly #context: C;
  #answers = new Set<Answer>();
  #warnings: string[] = [];

  constructor(context: C, maps: Maps) {
    const watched = [...maps].map(([name, map]) => [name, this.#watched(name, map)] as const);
    this.#context = { ...context, ...Object.fromEntries(watched), warn: (message: string) => void this.#warnings.push(message) };
  }

  made<T>(compile: (context: C) => T): Made<T> {
    this.#answers = new Set();
    this.#warnings = [];
    const result = compile(this.#context);
    return { result, warnings: this.#warnings, answers: [...this.#answers] };
  }

  #watched(map: string, value: ReadonlyMap<unknown, unknown>): ReadonlyMap<unknown, unknown> {
    // One for all elements that ask the same.
    const known = new Map<unknown, Answer>();
    const onAsked = (key: unknown, answer: unknown) => {
      let noted = known.get(key);
      if (noted === undefined) known.set(key, (noted = { map, key, value: answer }));
      this.#answers.add(noted);
    };
    return watchedMap(value, onAsked, () => this.#answers.add({ map, key: undefined, value: undefined, isAll: true }));
  }
}
