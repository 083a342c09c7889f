/**
 * One program in a process group and session of its own: it gets no Ctrl-C from the terminal, and everything it starts dies with it.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import type { Watchdog } from './watchdog.ts';

export interface ProcessOptions {
  /** The program and its arguments. */
  argv: readonly string[];
  cwd: string;
  /** The whole environment: nothing is inherited. */
  env: Record<string, string>;
  /** File descriptor that receives stdout and stderr, or 'pipe' to read them from `child`. */
  output: number | 'pipe';
  watchdog: Watchdog;
}

export interface Exit {
  /** The exit code; 128 + the signal's number when a signal ended it, as a shell counts. */
  code: number;
  signal?: NodeJS.Signals;
  /** Why it could not be started at all. */
  error?: string;
}

export interface ProcessGroup {
  readonly pid: number | undefined;
  readonly child: ChildProcess;
  /** Resolves when the program has ended and what was left of its group is killed. */
  readonly exited: Promise<Exit>;
  /** Signals the program alone: how it tells its children is its business, as with a container's process 1. */
  signal(signal: NodeJS.Signals): void;
  /** SIGKILL to the whole group. */
  kill(): void;
}

export function startProcess({ argv, cwd, env, output, watchdog }: ProcessOptions): ProcessGroup {
  const [command = '', ...args] = argv;
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', output, output] });
  const { pid } = child;
  if (pid !== undefined) watchdog.guard(pid);

  const exited = new Promise<Exit>((resolve) => {
    child.once('error', (error) => {
      if (pid === undefined) resolve({ code: 127, error: describeStartError(error, command, cwd) });
    });
    child.once('exit', (code, signal) => {
      if (pid !== undefined) {
        sendSignal(-pid, 'SIGKILL');
        watchdog.release(pid);
      }
      resolve({ code: code ?? 128 + signalNumber(signal), ...(signal && { signal }) });
    });
  });

  // Afterwards the pid may be somebody else's.
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  return {
    pid,
    child,
    exited,
    signal(signal) {
      if (pid !== undefined && isRunning()) sendSignal(pid, signal);
    },
    kill() {
      if (pid !== undefined && isRunning()) sendSignal(-pid, 'SIGKILL');
    },
  };
}

/** ENOENT of a spawn means the program or the working directory; say which. */
function describeStartError(error: Error, command: string, cwd: string): string {
  const code = 'code' in error ? error.code : undefined;
  return code === 'ENOENT'
    ? `cannot start "${command}" in ${cwd}: no such program or directory`
    : `cannot start "${command}": ${error.message}`;
}

/** To a process, or when negative to a group. */
function sendSignal(target: number, signal: NodeJS.Signals): void {
  // 0, 1 and -1 mean ourselves, init and everybody; no process of ours has such a number.
  if (Math.abs(target) <= 1) return;
  try {
    process.kill(target, signal);
  } catch {
    // ESRCH: it has ended by itself meanwhile.
  }
}

function signalNumber(signal: NodeJS.Signals | null): number {
  return signal ? constants.signals[signal] : 0;
}
