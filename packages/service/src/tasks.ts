/** Work a service repeats beside its requests. One run at a time per task, with a pause in between. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Task } from './service.ts';

export interface Tasks {
  add(task: Task): void;
  start(): void;
  /** Asks the runs to end, through their signal, and waits for them. */
  close(): Promise<void>;
}

export function createTasks(log: Logger): Tasks {
  const tasks: Task[] = [];
  const ending = new AbortController();
  let running: Promise<void>[] = [];
  return {
    add: (task) => tasks.push(task),
    start: () => (running = tasks.map((task) => repeat(task, ending.signal, log))),
    close: async () => {
      ending.abort();
      await Promise.all(running);
    },
  };
}

async function repeat({ name, everyMs, run }: Task, signal: AbortSignal, log: Logger): Promise<void> {
  while (!signal.aborted) {
    await run(signal).catch((error: unknown) => {
      if (!signal.aborted) log.error({ err: error, task: name }, 'task failed');
    });
    // Rejects only when the signal ends the pause.
    await delay(everyMs, undefined, { signal }).catch(() => undefined);
  }
}
