/**
 * What becomes of an order in the mock shop: where its saga stands, from nothing but what was ordered, the bank's answer and the
 * time gone by.
 */

export interface PlacedOrder {
  card: string;
  postalCode: string;
  placedMs: number;
  /** When the buyer answered at the bank, and what. */
  consent?: { atMs: number; isGiven: boolean };
}

export interface Outcome {
  status: 'pending' | 'confirmed' | 'cancelled';
  reason?: string;
  /** The bank waits for the buyer. */
  isWaiting: boolean;
  isShipped: boolean;
  saga: { state: string; steps: MockStep[] };
  history: { type: string; atMs: number; data: object }[];
}

interface MockStep {
  name: string;
  state: string;
  attempts: number;
  startedAt?: string;
  completedAt?: string;
  compensation?: { state: string; attempts: number; startedAt: string; completedAt?: string };
}

const names = [
  'validate-user',
  'reserve-stock',
  'authorize-payment',
  'confirm-order',
  'capture-payment',
  'ship-order',
  'clear-cart',
  'notify',
] as const;
const [authorize, confirm, ship] = [2, 3, 5];
const compensated = new Set(['reserve-stock', 'authorize-payment', 'confirm-order', 'capture-payment']);

const declined: Readonly<Record<string, string>> = {
  '4000000000000002': 'card_declined',
  '4000000000009995': 'insufficient_funds',
  '4000000000009987': 'lost_card',
  '4000000000000069': 'expired_card',
  '4000000000000127': 'incorrect_cvc',
};
const asksForConsent = '4000000000003220';

/** A step takes `stepMs`, and so does taking one back. */
export function outcomeAt(nowMs: number, order: PlacedOrder, stepMs: number): Outcome {
  const { placedMs, consent } = order;
  const startMs = (index: number) => placedMs + index * stepMs + (index > authorize ? consentMs(order, stepMs) : 0);
  const failing = failureOf(order);
  const isWaiting = order.card === asksForConsent && !consent && nowMs >= startMs(authorize) + stepMs;
  const gone = isWaiting ? authorize : names.findLastIndex((_name, index) => nowMs >= startMs(index));
  const failedMs = failing && startMs(failing.index) + (failing.index === authorize ? consentMs(order, stepMs) : 0) + stepMs;
  if (failing && failedMs !== undefined && !isWaiting && nowMs >= failedMs)
    return takenBack(nowMs, order, stepMs, failing, failedMs);

  const isOver = nowMs >= startMs(names.length - 1) + stepMs && !isWaiting;
  const steps = names.map((name, index): MockStep => {
    if (index > gone) return pending(name);
    if (isWaiting && index === authorize) return { ...running(name, startMs(index)), state: 'waiting' };
    const endMs = index === authorize ? startMs(confirm) : startMs(index) + stepMs;
    return nowMs >= endMs ? done(name, startMs(index), endMs) : running(name, startMs(index));
  });
  const isConfirmed = steps[confirm]?.state === 'done';
  const isShipped = steps[ship]?.state === 'done';
  const history = [
    { type: 'OrderPlaced', atMs: placedMs, data: {} },
    ...(isWaiting || consent ? [{ type: 'PaymentActionRequired', atMs: startMs(authorize) + stepMs, data: {} }] : []),
    ...(consent ? [{ type: 'PaymentActionCleared', atMs: consent.atMs, data: {} }] : []),
    ...(isConfirmed ? [{ type: 'OrderConfirmed', atMs: startMs(confirm), data: {} }] : []),
    ...(isShipped ? [{ type: 'OrderShipped', atMs: startMs(ship), data: { trackingNumber } }] : []),
  ];
  const status = isConfirmed ? 'confirmed' : 'pending';
  return { status, isWaiting, isShipped, saga: { state: isOver ? 'completed' : 'running', steps }, history };
}

export const trackingNumber = '1234-5678-9012';

/** How long the bank took, beyond the step itself. */
function consentMs({ placedMs, consent }: PlacedOrder, stepMs: number): number {
  return consent ? Math.max(0, consent.atMs - (placedMs + (authorize + 1) * stepMs)) : 0;
}

interface Failing {
  index: number;
  reason: string;
}

function failureOf({ card, postalCode, consent }: PlacedOrder): Failing | undefined {
  const reason = declined[card];
  if (reason !== undefined) return { index: authorize, reason };
  if (consent?.isGiven === false) return { index: authorize, reason: 'authentication_failed' };
  if (postalCode === '000-0000') return { index: ship, reason: 'shipping_failed' };
  return undefined;
}

function takenBack(nowMs: number, order: PlacedOrder, stepMs: number, failing: Failing, failedMs: number): Outcome {
  const toUndo = names
    .slice(0, failing.index)
    .filter((name) => compensated.has(name))
    .toReversed();
  const steps = names.map((name, index): MockStep => {
    if (index > failing.index) return pending(name);
    const ran = done(name, order.placedMs + index * stepMs, order.placedMs + (index + 1) * stepMs);
    if (index === failing.index) return { ...ran, state: 'failed' };
    const turn = toUndo.indexOf(name);
    const fromMs = failedMs + turn * stepMs;
    if (turn < 0 || nowMs < fromMs) return ran;
    const isUndone = nowMs >= fromMs + stepMs;
    const course = isUndone ? done(name, fromMs, fromMs + stepMs) : running(name, fromMs);
    return {
      ...ran,
      state: isUndone ? 'compensated' : 'compensating',
      compensation: course,
    };
  });
  const isOver = nowMs >= failedMs + toUndo.length * stepMs;
  const wasConfirmed = failing.index > confirm;
  const history = [
    { type: 'OrderPlaced', atMs: order.placedMs, data: {} },
    ...(wasConfirmed ? [{ type: 'OrderConfirmed', atMs: order.placedMs + confirm * stepMs, data: {} }] : []),
    ...(isOver ? [{ type: 'OrderCancelled', atMs: nowMs, data: { reason: failing.reason } }] : []),
  ];
  const common = { isWaiting: false, isShipped: false, history };
  if (isOver) return { ...common, status: 'cancelled', reason: failing.reason, saga: { state: 'compensated', steps } };
  return { ...common, status: wasConfirmed ? 'confirmed' : 'pending', saga: { state: 'compensating', steps } };
}

const iso = (ms: number) => new Date(ms).toISOString();
const pending = (name: string): MockStep => ({ name, state: 'pending', attempts: 0 });
const running = (name: string, startedMs: number) => ({ name, state: 'running', attempts: 1, startedAt: iso(startedMs) });
const done = (name: string, startedMs: number, endedMs: number) => ({
  ...running(name, startedMs),
  state: 'done',
  completedAt: iso(endedMs),
});
