/** `hikyaku mesh logs`: the proxy's access log. */
import { open, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from './failure.ts';
import { findWorkspace } from './workspace.ts';
import type { Workspace } from './workspace.ts';

export interface MeshLogOptions {
  follow: boolean;
  /** Lines from the end. */
  tail: number;
  stateDir?: string;
}

const pollMs = 200;
/** The end of a file that is looked at for the last lines. */
const tailBytes = 1_000_000;

export function accessLogFile({ stateDir }: Workspace): string {
  return join(stateDir, 'logs', 'mesh', 'access.log');
}

/** Writes the last lines and, when following, all that come until `signal` aborts, also across files. */
export async function meshLogs(options: MeshLogOptions, signal: AbortSignal, write: (line: string) => void): Promise<void> {
  const path = accessLogFile(findWorkspace('.', options.stateDir));
  let file = await openLog(path);
  if (file === undefined && !options.follow)
    throw new Failure(
      'there is no access log: `accessLogFile: /dev/stdout` in the ConfigMap istio-system/istio, or a Telemetry resource with accessLogging, turns it on',
    );
  let position = file === undefined ? 0 : await writeTail(file, options.tail, write);
  while (options.follow && !signal.aborted) {
    await delay(pollMs, undefined, { signal }).catch(() => undefined);
    if (file !== undefined) position += await writeFrom(file, position, write);
    if (file !== undefined && (await isCurrent(file, path))) continue;
    await file?.close();
    file = await openLog(path);
    position = 0;
  }
  await file?.close();
}

async function openLog(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** A full file gives its name to the next one. */
async function isCurrent(file: FileHandle, path: string): Promise<boolean> {
  const [own, named] = await Promise.all([file.stat(), stat(path).catch(() => undefined)]);
  return named === undefined || named.ino === own.ino;
}

/** Returns the position behind the last whole line. */
async function writeTail(file: FileHandle, count: number, write: (line: string) => void): Promise<number> {
  const { size } = await file.stat();
  const start = Math.max(0, size - tailBytes);
  const { lines, bytes } = await readLines(file, start);
  // What the first line begins with is before the place where reading began.
  const whole = start === 0 ? lines : lines.slice(1);
  for (const line of count === 0 ? [] : whole.slice(-count)) write(line);
  return start + bytes;
}

/** Returns how many bytes were written. */
async function writeFrom(file: FileHandle, position: number, write: (line: string) => void): Promise<number> {
  const { lines, bytes } = await readLines(file, position);
  for (const line of lines) write(line);
  return bytes;
}

/** Whole lines from there to the end: the last one may still be under way. */
async function readLines(file: FileHandle, position: number): Promise<{ lines: string[]; bytes: number }> {
  const { size } = await file.stat();
  const buffer = Buffer.alloc(Math.max(0, size - position));
  const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
  const end = buffer.subarray(0, bytesRead).lastIndexOf('\n') + 1;
  if (end === 0) return { lines: [], bytes: 0 };
  return { lines: buffer.toString('utf8', 0, end - 1).split('\n'), bytes: end };
}
