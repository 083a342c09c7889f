/**
 * Calls of checkouts that nobody waits for with impatience: those that run at the same time ask together, in one request. What is refused for good is
 * refused for the order that it is about: after a refusal each asks again on its own.
 */
import { combine } from '@hikyaku/service';
import { MOST_AT_ONCE } from '../contracts/calls.ts';
import { refuseForGood } from './refusal.ts';

/** At a hundred orders a second ten go together. An order that comes alone waits for nobody. */
const gather = { mostMs: 150, aimedAt: 10 };

/** @param call answers for each item, in order. */
export function together<Item, Answer>(
  call: (items: readonly Item[]) => Promise<readonly Answer[]>,
): (item: Item) => Promise<Answer> {
  const ask = combine(call, { gather, mostAtOnce: MOST_AT_ONCE });
  return (item) => ask(item).catch(refuseForGood);
}
