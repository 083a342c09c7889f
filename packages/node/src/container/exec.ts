/**
 * Runs a command as if inside a container, for probes and hooks.
 */
import { startProcess } from '../process/process-group.ts';
import type { Watchdog } from '../process/watchdog.ts';

export interface ExecResult {
  code: number;
  /** stdout and stderr together, cut off after a few kilobytes. */
  output: string;
}

export interface ExecOptions {
  cwd: string;
  env: Record<string, string>;
  /** Kills the command and everything it started. */
  signal: AbortSignal;
  watchdog: Watchdog;
}

const OUTPUT_LIMIT = 4096;

/** Never throws: what cannot be started has code 127, what was killed has 137. */
export async function exec(argv: readonly string[], { cwd, env, signal, watchdog }: ExecOptions): Promise<ExecResult> {
  if (signal.aborted) return { code: 137, output: '' };
  const running = startProcess({ argv, cwd, env, output: 'pipe', watchdog });
  let output = '';
  const collect = (chunk: Buffer) => {
    if (output.length < OUTPUT_LIMIT) output += chunk.toString('utf8');
  };
  running.child.stdout?.on('data', collect);
  running.child.stderr?.on('data', collect);
  const onAbort = () => running.kill();
  signal.addEventListener('abort', onAbort, { once: true });
  const { code, error } = await running.exited;
  signal.removeEventListener('abort', onAbort);
  return { code, output: error ?? output.slice(0, OUTPUT_LIMIT).trim() };
}
