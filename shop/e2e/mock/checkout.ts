/** What becomes of an order in the mock shop: where its saga stands, from nothing but the card and the time gone by. */

export interface Outcome {
  status: 'pending' | 'confirmed' | 'cancelled';
  reason?: string;
  saga: { state: string; steps: MockStep[] };
}

interface MockStep {
  name: string;
  state: string;
  attempts: number;
  startedAt?: string;
  completedAt?: string;
}

const names = ['validate-user', 'reserve-stock', 'authorize-payment', 'confirm-order'];
const chargeIndex = 2;
const declinedCard = '4000000000000002';

/** The charge is at once taken back: reserve-stock is undone in the time of one more step. */
export function outcomeAt(nowMs: number, placedMs: number, stepMs: number, card: string): Outcome {
  const stepsGone = (nowMs - placedMs) / stepMs;
  if (card !== declinedCard || stepsGone < chargeIndex + 1) return forward(stepsGone, placedMs, stepMs);
  return takenBack(stepsGone >= chargeIndex + 2, placedMs, stepMs);
}

function forward(stepsGone: number, placedMs: number, stepMs: number): Outcome {
  const isOver = stepsGone >= names.length;
  const stateOf = (index: number) => (stepsGone >= index + 1 ? 'done' : stepsGone >= index ? 'running' : 'pending');
  const steps = names.map((name, index) => step(name, stateOf(index), placedMs + index * stepMs, stepMs));
  return { status: isOver ? 'confirmed' : 'pending', saga: { state: isOver ? 'completed' : 'running', steps } };
}

function takenBack(isOver: boolean, placedMs: number, stepMs: number): Outcome {
  const states = ['done', isOver ? 'compensated' : 'compensating', 'failed', 'pending'];
  const steps = names.map((name, index) => step(name, states[index] ?? 'pending', placedMs + index * stepMs, stepMs));
  if (!isOver) return { status: 'pending', saga: { state: 'compensating', steps } };
  return { status: 'cancelled', reason: 'card_declined', saga: { state: 'compensated', steps } };
}

function step(name: string, state: string, startedMs: number, stepMs: number): MockStep {
  if (state === 'pending') return { name, state, attempts: 0 };
  const startedAt = new Date(startedMs).toISOString();
  if (state === 'running') return { name, state, attempts: 1, startedAt };
  return { name, state, attempts: 1, startedAt, completedAt: new Date(startedMs + stepMs).toISOString() };
}
