import { expect, test } from 'vitest';
import { pictureOf, summaryOf } from './picture.ts';
import { runExercise } from './run.ts';

test('the breaker opens while the dependency is ill, spares it, and closes when it is well', { timeout: 60_000 }, async () => {
  const recording = await runExercise({ seconds: 12, perSecond: 40, isGuarded: true, onProgress: () => undefined });
  const states = recording.samples.map(({ breaker }) => breaker);
  expect(states[0]).toBe('closed');
  expect(states).toContain('open');
  expect(states.at(-1)).toBe('closed');
  const [, failing] = recording.spans;
  const during = recording.samples.filter(({ at }) => at >= (failing?.from ?? 0) && at < (failing?.to ?? 0));
  const reached = (during.at(-1)?.reached ?? 0) - (during[0]?.reached ?? 0);
  const asked = recording.answers.filter(({ at }) => at >= (failing?.from ?? 0) && at < (failing?.to ?? 0)).length;
  expect(reached).toBeLessThan(asked / 2);
  expect(summaryOf(recording, 'title').trim().split('\n')).toHaveLength(8);
  const svg = pictureOf(recording, 'title');
  expect(svg.match(/aria-label="line"/g)).toHaveLength(7);
});
