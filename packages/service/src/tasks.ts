/** Work a service repeats beside its requests. One run at a time per task, with a pause in between that something can cut short. */
import type { Logger } from 'pino';
import type { Task, TaskHandle } from './service.ts';
import { createLoop, type WakingLoop } from './waker.ts';

export interface Tasks {
  add(task: Task): TaskHandle;
  start(): void;
  /** Asks the runs to end, through their signal, and waits for them. */
  close(): Promise<void>;
}

export function createTasks(log: Logger): Tasks {
  const loops: WakingLoop[] = [];
  const ending = new AbortController();
  return {
    add: ({ name, everyMs, run }) => {
      const loop = createLoop(async () => {
        try {
          await run(ending.signal);
        } catch (error) {
          if (!ending.signal.aborted) log.error({ err: error, task: name }, 'task failed');
        }
        return everyMs;
      });
      loops.push(loop);
      return loop;
    },
    start: () => loops.forEach((loop) => loop.start()),
    close: async () => {
      ending.abort();
      await Promise.all(loops.map((loop) => loop.close()));
    },
  };
}
