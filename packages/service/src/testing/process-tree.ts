/** Signals to a process and to all it has started, for servers that are to hang: those that are stopped keep their connections and answer nobody. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Stops the process first: what it has started by then is all there is. Resolves to what lets them go on.
 * @param options.root whether the process itself is stopped, too; default true
 */
export async function freezeTree(pid: number, { root = true } = {}): Promise<() => void> {
  if (root) process.kill(pid, 'SIGSTOP');
  const stopped = root ? [pid] : [];
  for (let found = await descendantsOf(pid, stopped); found.length > 0; found = await descendantsOf(pid, stopped)) {
    for (const one of found) signal(one, 'SIGSTOP');
    stopped.push(...found);
  }
  return () => {
    for (const one of stopped) signal(one, 'SIGCONT');
  };
}

/** Those that are not known yet. */
async function descendantsOf(pid: number, known: readonly number[]): Promise<number[]> {
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=']);
  const parents = new Map(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/).map(Number) as [number, number]),
  );
  const isBelow = (one: number | undefined): boolean => one !== undefined && (one === pid || isBelow(parents.get(one)));
  return [...parents].filter(([one, parent]) => !known.includes(one) && isBelow(parent)).map(([one]) => one);
}

/** It may be gone by now. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
