import { pino } from 'pino';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createTasks } from './tasks.ts';

const hour = 60 * 60 * 1000;
const silent = pino({ level: 'silent' });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function counting(run: (runs: number) => Promise<void> = () => Promise.resolve()) {
  const tasks = createTasks(silent);
  let runs = 0;
  const handle = tasks.add({ name: 'count', everyMs: hour, run: () => run(++runs) });
  return { tasks, handle, runs: () => runs };
}

it('runs at once and then again and again, also after a run that failed', async () => {
  const { tasks, runs } = counting((count) => (count === 1 ? Promise.reject(new Error('no')) : Promise.resolve()));
  tasks.start();
  await vi.advanceTimersByTimeAsync(0);
  expect(runs()).toBe(1);
  await vi.advanceTimersByTimeAsync(2 * hour);
  expect(runs()).toBe(3);
  await tasks.close();
});

it('goes on after a run that failed before it gave a promise', async () => {
  const { tasks, runs } = counting((count) => {
    if (count === 1) throw new Error('no');
    return Promise.resolve();
  });
  tasks.start();
  await vi.advanceTimersByTimeAsync(hour);
  expect(runs()).toBe(2);
  await tasks.close();
});

it('runs when it is woken, without waiting for its time', async () => {
  const { tasks, handle, runs } = counting();
  tasks.start();
  await vi.advanceTimersByTimeAsync(1);
  handle.wake();
  await vi.advanceTimersByTimeAsync(0);
  expect(runs()).toBe(2);
  await tasks.close();
});

it('runs once more when it is woken during a run', async () => {
  let finish: () => void = () => undefined;
  const { tasks, handle, runs } = counting(() => new Promise((resolve) => (finish = resolve)));
  tasks.start();
  await vi.advanceTimersByTimeAsync(1);
  handle.wake();
  handle.wake();
  expect(runs()).toBe(1);
  finish();
  await vi.advanceTimersByTimeAsync(1);
  expect(runs()).toBe(2);
  finish();
  await vi.advanceTimersByTimeAsync(1);
  expect(runs()).toBe(2);
  await tasks.close();
});

it('closes in the middle of a pause', async () => {
  const { tasks, runs } = counting();
  tasks.start();
  await vi.advanceTimersByTimeAsync(1);
  await tasks.close();
  expect(runs()).toBe(1);
});
