/**
 * The process that runs link.ts: lives as long as somebody waits for an answer of it, and ends with the supervisor, which holds the other end of its input.
 */
import { spawn } from 'node:child_process';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface Linker {
  /** Whether it takes another entry. */
  isOpen(): boolean;
  /** Resolves when the entry was answered for, or the process has ended. */
  link(entry: string): Promise<void>;
}

export interface LinkerOptions {
  /** The compile cache to be filled. */
  directory: string;
  /** Where what was linked is written down (record.ts). */
  records: string;
}

const PROGRAM = fileURLToPath(new URL('link.ts', import.meta.url));

/** It takes a second. Nothing is known that keeps it for longer than a busy machine, but no program is to wait for ever. */
const PATIENCE_MS = 60_000;

export function startLinker({ directory, records }: LinkerOptions): Linker {
  const waiting = new Map<string, () => void>();
  const child = spawn(process.execPath, ['--max-semi-space-size=4', PROGRAM, records], {
    env: { NODE_COMPILE_CACHE: directory },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const patience = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  const settle = (entry: string): void => {
    waiting.get(entry)?.();
    waiting.delete(entry);
    if (waiting.size === 0) child.stdin.end();
  };
  const end = (): void => {
    clearTimeout(patience);
    for (const entry of [...waiting.keys()]) settle(entry);
  };
  createInterface({ input: child.stdout }).on('line', settle);
  // Its end tells what there is to tell.
  child.stdin.on('error', () => undefined);
  child.once('error', end).once('close', end);
  return {
    isOpen: () => child.stdin.writable,
    link: (entry) =>
      new Promise((resolve) => {
        waiting.set(entry, resolve);
        child.stdin.write(`${entry}\n`);
      }),
  };
}
