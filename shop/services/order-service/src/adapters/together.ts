/**
 * Calls of checkouts that nobody waits for with impatience: those that run at the same time ask together, in one request. What is refused for good is
 * refused for the order that it is about: after a refusal each asks again on its own.
 */
import { combine } from '@hikyaku/service';
import { MOST_AT_ONCE } from '../contracts/calls.ts';
import { refuseForGood } from './refusal.ts';

/** At a hundred orders a second, five or so go together; no checkout notices. */
const gatherMs = 50;

/** @param call answers for each item, in order. */
export function together<Item, Answer>(
  call: (items: readonly Item[]) => Promise<readonly Answer[]>,
): (item: Item) => Promise<Answer> {
  const ask = combine(call, { gatherMs, mostAtOnce: MOST_AT_ONCE });
  return (item) => ask(item).catch(refuseForGood);
}
