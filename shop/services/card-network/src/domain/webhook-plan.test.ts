import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planWebhook, type WebhookWeather } from './webhook-plan.ts';

const calm: WebhookWeather = { seed: 1, delayMs: 100, lateShare: 0, lateMs: 2000, twiceShare: 0 };
const events = Array.from({ length: 1000 }, (_, index) => `order-${index} capture`);

describe('a webhook', () => {
  test('is sent once and on time when nothing else is asked for', () => {
    expect(new Set(events.flatMap((event) => planWebhook(calm, event)))).toEqual(new Set([100]));
  });

  test('is late, and comes twice, as often as asked for', () => {
    const plans = events.map((event) => planWebhook({ ...calm, lateShare: 0.2, twiceShare: 0.3 }, event));
    const late = plans.filter(([first]) => first === 2100).length;
    const twice = plans.filter(({ length }) => length === 2).length;
    expect([Math.abs(late - 200) < 50, Math.abs(twice - 300) < 50]).toEqual([true, true]);
  });

  test('is overtaken by a later event when it is held back', () => {
    const [always, never] = [{ ...calm, lateShare: 1 }, calm];
    expect(planWebhook(always, 'o authorize')[0]).toBeGreaterThan(planWebhook(never, 'o capture')[0] ?? 0);
  });

  test('has the same plan whenever the seed and the event are the same', () => {
    const weather = fc.record({
      seed: fc.integer(),
      delayMs: fc.nat(1000),
      lateShare: fc.double({ min: 0, max: 1, noNaN: true }),
      lateMs: fc.nat(5000),
      twiceShare: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(weather, fc.string(), (given, event) => {
        const plan = planWebhook(given, event);
        expect(planWebhook({ ...given }, event)).toEqual(plan);
        expect(plan.every((delay) => delay >= given.delayMs && delay <= given.delayMs + given.lateMs)).toBe(true);
        expect([1, 2]).toContain(plan.length);
      }),
    );
  });

  test('is planned differently by another seed', () => {
    const doubles = (seed: number) => events.map((event) => planWebhook({ ...calm, seed, twiceShare: 0.5 }, event).length);
    expect(doubles(1)).not.toEqual(doubles(2));
  });
});
