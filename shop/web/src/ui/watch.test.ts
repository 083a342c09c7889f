import { describe, expect, it, vi } from 'vitest';
import { watch } from './watch.ts';

/** Answers in order, and ends after the last. */
async function watching(...answers: (string[] | Error)[]) {
  const ending = new AbortController();
  const [changes, errors, pauses]: [string[][], unknown[], number[]] = [[], [], []];
  const left = [...answers];
  await watch<string[]>({
    load: () => {
      const answer = left.shift() ?? [];
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    onChange: (value) => changes.push(value),
    onError: (error) => errors.push(error),
    pause: (delayMs) => {
      pauses.push(delayMs);
      if (left.length === 0) ending.abort();
      return Promise.resolve();
    },
    signal: ending.signal,
  });
  return { changes, errors, pauses };
}

describe('watching something', () => {
  it('tells what is new, and only that', async () => {
    const { changes } = await watching(['a'], ['a'], ['b', 'a'], ['b', 'a']);
    expect(changes).toEqual([['a'], ['b', 'a']]);
  });

  it('asks ever less often while nothing changes, and soon again when something did', async () => {
    const { pauses } = await watching(['a'], ['a'], ['a'], ['b']);
    expect(pauses).toEqual([1000, 1500, 2250, 1000]);
    const { pauses: long } = await watching(...Array.from({ length: 20 }, () => ['a']));
    expect(long.at(-1)).toBe(15_000);
  });

  it('goes on after a question that failed', async () => {
    const away = new Error('away');
    const { changes, errors, pauses } = await watching(['a'], away, ['b']);
    expect([changes, errors]).toEqual([[['a'], ['b']], [away]]);
    expect(pauses).toEqual([1000, 1500, 1000]);
  });

  it('tells again what it knew once a question has an answer again, so that the error can go', async () => {
    const { changes } = await watching(['a'], new Error('away'), ['a'], ['a']);
    expect(changes).toEqual([['a'], ['a']]);
  });

  it('says nothing of an answer that nobody waits for any more', async () => {
    const ending = new AbortController();
    const onChange = vi.fn();
    const load = () => {
      ending.abort();
      return Promise.resolve('late');
    };
    await watch({ load, onChange, onError: vi.fn(), pause: () => Promise.resolve(), signal: ending.signal });
    expect(onChange).not.toHaveBeenCalled();
  });
});
