/**
 * How the network treats a card, told by its number alone. Pure; the number is looked at here and goes nowhere else.
 *
 * The numbers that are declined or ask for consent are the ones Stripe publishes for tests, so one table serves both providers.
 */

export interface CardBehaviour {
  /** What becomes of an authorisation. */
  outcome: 'authorized' | 'declined' | 'requires_action';
  /** Why, when it is declined. */
  reason?: DeclineReason;
  /** `late`: some seconds after it took effect. `not-at-first`: the first answer is lost on the way, the effect is not. */
  answers: 'promptly' | 'late' | 'not-at-first';
}

export type DeclineReason = 'card_declined' | 'insufficient_funds' | 'lost_card' | 'expired_card' | 'incorrect_cvc';

const approves: CardBehaviour = { outcome: 'authorized', answers: 'promptly' };
const declines = (reason: DeclineReason): CardBehaviour => ({ outcome: 'declined', reason, answers: 'promptly' });

const behaviours: ReadonlyMap<string, CardBehaviour> = new Map([
  ['4000000000000002', declines('card_declined')],
  ['4000000000009995', declines('insufficient_funds')],
  ['4000000000009987', declines('lost_card')],
  ['4000000000000069', declines('expired_card')],
  ['4000000000000127', declines('incorrect_cvc')],
  ['4000000000003220', { outcome: 'requires_action', answers: 'promptly' }],
  ['4000000000000119', { outcome: 'authorized', answers: 'not-at-first' }],
  ['4000000000000259', { outcome: 'authorized', answers: 'late' }],
]);

/** Every number that is not in the table is approved. */
export function behaviourOf(digits: string): CardBehaviour {
  return behaviours.get(digits) ?? approves;
}
