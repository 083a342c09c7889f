/**
 * Calls of checkouts that nobody waits for with impatience: those that run at the same time ask together, in one request. A refusal of the whole request is about
 * one of them, so each then asks on its own. No answer is no answer for all of them: their sagas ask again.
 */
import { combine } from '@hikyaku/service';
import { MOST_AT_ONCE } from '../contracts/calls.ts';
import { isForGood, refuseForGood } from './refusal.ts';

/** Checkouts travel together (application/starting.ts); this is for those that meet on the way. One that comes alone waits for nobody. */
const gather = { mostMs: 50, aimedAt: 8 };
/** The other side may take long over one order, and the others of its request wait. Those that come later do not. */
const concurrent = 4;
/** For a request. Shorter than a step takes, so that no attempt is answered that nobody waits for any more. */
export const timeoutMs = 4000;

type Outcome<Answer> = { answer: Answer } | { error: unknown };

/** @param call answers for each item, in order. */
export function together<Item, Answer>(
  call: (items: readonly Item[]) => Promise<readonly Answer[]>,
): (item: Item) => Promise<Answer> {
  const ask = combine(
    async (items: readonly Item[]): Promise<readonly Outcome<Answer>[]> => {
      try {
        const answers = await call(items);
        return answers.map((answer) => ({ answer }));
      } catch (error) {
        if (isForGood(error)) throw error;
        return items.map(() => ({ error }));
      }
    },
    { gather, concurrent, mostAtOnce: MOST_AT_ONCE },
  );
  return async (item) => {
    const outcome = await ask(item).catch(refuseForGood);
    if ('error' in outcome) throw outcome.error;
    return outcome.answer;
  };
}
