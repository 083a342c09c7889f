/**
 * The programs of a benchmark: each on a core chosen for it, waited for until it listens, and ended when the benchmark ends.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { availableParallelism } from 'node:os';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';

/** The proxy has one core; what loads it and what it leads to share the other. */
export const cores = { proxy: 0, others: 1 };

/** Without two cores and `taskset` the processes run where the system puts them, and the figures say less. */
export const canPin = availableParallelism() >= 2 && isInstalled('taskset');

export interface Program extends AsyncDisposable {
  pid: number;
  port: number;
}

export interface ProgramOptions {
  command: string;
  args: string[];
  /** The port it is going to listen on, on 127.0.0.1. */
  port: number;
  core: number;
}

const readyWithinMs = 15_000;

export function isInstalled(command: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' }).status === 0;
}

/** Resolves when the program takes connections; rejects with what it printed when it ends first or takes too long. */
export async function startProgram({ command, args, port, core }: ProgramOptions): Promise<Program> {
  const pinned = canPin ? ['taskset', '-c', String(core), command] : [command];
  const child = spawn(pinned[0] ?? command, [...pinned.slice(1), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data: Buffer) => (output = (output + data.toString()).slice(-2000)));
  child.on('error', (error) => (output += error.message));
  try {
    await listening(port, () => child.exitCode === null && child.pid !== undefined);
  } catch (error) {
    await end(child);
    throw new Error(`${command}: ${output}`, { cause: error });
  }
  return { pid: child.pid ?? 0, port, [Symbol.asyncDispose]: () => end(child) };
}

/** Moves a process that runs already, with all its threads. */
export function pin(pid: number, core: number): void {
  if (canPin) execFileSync('taskset', ['-acp', String(core), String(pid)], { stdio: 'ignore' });
}

/** Processor time the process has had so far, all its threads together; Linux only, undefined elsewhere. */
export function processorSeconds(pid: number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // utime and stime, in hundredths of a second (proc_pid_stat(5)); the command before them may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const closed = once(server, 'close');
  server.close();
  await closed;
  if (address === null || typeof address === 'string') throw new Error('not a TCP port');
  return address.port;
}

async function listening(port: number, isAlive: () => boolean): Promise<void> {
  const deadline = performance.now() + readyWithinMs;
  while (isAlive() && performance.now() < deadline) {
    const socket = connect(port, '127.0.0.1');
    const isOpen = await Promise.race([once(socket, 'connect').then(() => true), delay(500, false)]).catch(() => false);
    socket.destroy();
    if (isOpen) return;
    await delay(50);
  }
  throw new Error('does not listen');
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 3_000);
  await exited;
  clearTimeout(timer);
}

// The benchmark itself and, by inheritance, everything it starts without a core of its own.
pin(process.pid, cores.others);
