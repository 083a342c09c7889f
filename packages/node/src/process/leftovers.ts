/**
 * Finds processes that an earlier run left behind, by what they say of themselves rather than by remembered pids: a pid may
 * belong to somebody else by now, an environment variable or a working directory does not lie. Linux only (it reads /proc);
 * elsewhere there is the watchdog alone.
 */
import { readdir, readFile, readlink } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** Every container's environment carries this variable; its value is the state directory it belongs to. */
export const STATE_VARIABLE = 'HIKYAKU_STATE';

/** Kills every process of this state directory. The caller must hold the directory's lock. */
export async function killLeftovers(stateDir: string): Promise<number> {
  const entry = `${STATE_VARIABLE}=${stateDir}`;
  return killAll(async (pid) => (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0').includes(entry));
}

/** Kills every process whose working directory is `directory`, and waits until it is gone. */
export async function killProcessesIn(directory: string): Promise<number> {
  return killAll(async (pid) => (await readlink(`/proc/${pid}/cwd`)) === directory);
}

async function killAll(matches: (pid: number) => Promise<boolean>): Promise<number> {
  const killed = new Set<number>();
  for (;;) {
    const found = await findProcesses(matches);
    if (found.length === 0) return killed.size;
    for (const pid of found) {
      killed.add(pid);
      signalProcess(pid);
    }
    await sleep(10);
  }
}

async function findProcesses(matches: (pid: number) => Promise<boolean>): Promise<number[]> {
  const entries = await readdir('/proc').catch(() => []);
  const pids = entries
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid);
  // A process that went away meanwhile, or is somebody else's, cannot be read: no match.
  const matching = await Promise.all(pids.map((pid) => matches(pid).catch(() => false)));
  return pids.filter((_, index) => matching[index]);
}

function signalProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}
