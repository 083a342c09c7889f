/** What the watched process holds, as the probe in it says and as the system sees it. */
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { processInfo } from '../../packages/cli/src/processes.ts';

export interface Held {
  residentBytes: number;
  /** After a collection. */
  heapBytes: number;
  /** Connections that keep the process alive: not those who listen, and not idle ones to upstreams, which are among the files. */
  sockets: number;
  timers: number;
  openFiles: number;
}

/** `file` is where the probe writes. */
export async function look(pid: number, file: string): Promise<Held> {
  const seen = (await readFile(file, 'utf8')).length;
  process.kill(pid, 'SIGUSR2');
  let text = '';
  while (!text.endsWith('\n')) {
    await delay(5);
    text = (await readFile(file, 'utf8')).slice(seen);
  }
  const fields = new Map<string, unknown>(Object.entries(JSON.parse(text) as object));
  return {
    residentBytes: processInfo(pid)?.residentBytes ?? Number.NaN,
    heapBytes: Number(fields.get('heapBytes')),
    sockets: Number(fields.get('sockets')),
    timers: Number(fields.get('timers')),
    openFiles: readdirSync(`/proc/${pid}/fd`).length,
  };
}

/** Longer than idle connections to upstreams are kept. */
const stillMs = 5_500;
const givenUpMs = 20_000;

/** Once nothing more is let go of, or after a time in which all should have been. */
export async function lookAtRest(pid: number, file: string): Promise<Held> {
  const deadline = performance.now() + givenUpMs;
  let held = await look(pid, file);
  for (let since = performance.now(); performance.now() < Math.min(since + stillMs, deadline);) {
    await delay(500);
    const now = await look(pid, file);
    if (now.openFiles !== held.openFiles || now.sockets !== held.sockets) since = performance.now();
    held = now;
  }
  return held;
}
