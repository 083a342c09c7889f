/**
 * Asks rules in their order, and keeps what each one said, up to the first that matches.
 */
import type { RequestHead } from '../routing/match.ts';
import type { Route } from '../snapshot/snapshot.ts';
import { conditionsOf } from './conditions.ts';
import type { Explanation } from './explanation.ts';

export type RuleReport = Pick<Explanation, 'passedOver' | 'matched' | 'notAsked'>;

export interface AskedRules {
  report: RuleReport;
  /** The rule that matched. */
  route?: Route;
}

export function askRules(routes: readonly Route[], head: RequestHead): AskedRules {
  const passedOver: RuleReport['passedOver'] = [];
  for (const [position, route] of routes.entries()) {
    // A rule without matches has one alternative, without conditions.
    const alternatives = (route.matches.length === 0 ? [{}] : route.matches).map((match) => conditionsOf(match, head));
    const matching = alternatives.find((conditions) => conditions.every(({ holds }) => holds));
    if (matching !== undefined) {
      const matched = { rule: route.name, because: matching.map(({ text }) => text) };
      return { report: { passedOver, matched, notAsked: routes.length - position - 1 }, route };
    }
    passedOver.push({ rule: route.name, reasons: alternatives.map(failures) });
  }
  return { report: { passedOver, notAsked: 0 } };
}

function failures(conditions: ReturnType<typeof conditionsOf>): string {
  return conditions.flatMap(({ holds, text }) => (holds ? [] : [text])).join(' and ');
}
