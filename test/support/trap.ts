/** Processes that were started with the preload kill-point.ts, told where to die. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { KillPoint } from './kill-point.ts';

export interface Trap<Name> {
  /**
   * Resolves once one of them has been killed, to all that have been; the others live on. To none when it was removed before. Rejects when one has ended
   * in another way.
   */
  readonly sprung: Promise<Name[]>;
  hasSprung(): boolean;
  /** They live on, all that do. */
  remove(): Promise<void>;
}

export const isRunning = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode === null && signalCode === null;

/** Has the running ones of them die there. Resolves when they are prepared. */
export async function setTrap<Name>(victims: ReadonlyMap<Name, ChildProcess>, point: KillPoint): Promise<Trap<Name>> {
  const all = [...victims.values()];
  const tellAll = (order: KillPoint | 'live on') => Promise.all(all.map((child) => tell(child, order)));
  const removed = new AbortController();
  const ends = all.map((child) => once(child, 'exit', { signal: removed.signal }));
  for (const end of ends) end.catch(() => undefined);
  let isSprung = false;
  const sprung = Promise.race(ends).then(
    async () => {
      isSprung = true;
      await tellAll('live on');
      const ended = [...victims].filter(([, child]) => !isRunning(child));
      for (const [name, { exitCode }] of ended) if (exitCode !== null) throw new Error(`${String(name)} ended with ${exitCode}`);
      return ended.map(([name]) => name);
    },
    // It was removed.
    () => [],
  );
  sprung.catch(() => undefined);
  await tellAll(point);
  return {
    sprung,
    hasSprung: () => isSprung,
    remove: async () => {
      removed.abort();
      await tellAll('live on');
    },
  };
}

/** Resolves when the process has heard it, or is gone. */
async function tell(child: ChildProcess, order: KillPoint | 'live on'): Promise<void> {
  if (!isRunning(child)) return;
  const enough = new AbortController();
  const heard = ['message', 'exit'].map((event) => once(child, event, { signal: enough.signal }));
  // It may die this moment: then there is nobody to tell.
  child.send(order, () => undefined);
  await Promise.race(heard);
  enough.abort();
  await Promise.allSettled(heard);
}
