/**
 * The file a container writes its output to. The container holds the file itself instead of a pipe to the supervisor: nothing it wrote
 * is lost when the supervisor dies, and a chatty service costs the supervisor nothing. The price is that lines carry no time of
 * their own; `pod-logs.ts` takes it from structured lines where asked.
 */
import { copyFile, mkdir, open, rename, rm, stat, truncate, writeFile, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A file grows to twice this at most: the current part and the one before. */
const ROTATE_AT_BYTES = 16 * 1024 * 1024;

export interface LogFile {
  readonly path: string;
  /** Begins a new log for the next run of the container; the one before becomes the previous log. */
  begin(): Promise<void>;
  /** Opens the current log to write at its end. */
  append(): Promise<FileHandle>;
  /** Moves a log that has grown too large aside. Cheap when it has not. */
  rotate(): Promise<void>;
}

export function createLogFile(path: string): LogFile {
  return {
    path,
    async begin() {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await rename(path, previousOf(path)).catch(ignoreMissing);
      await rm(rotatedOf(path), { force: true });
      await writeFile(path, '', { mode: 0o600 });
    },
    append: () => open(path, 'a', 0o600),
    async rotate() {
      const stats = await stat(path).catch(ignoreMissing);
      if (!stats || stats.size < ROTATE_AT_BYTES) return;
      // The writer has the file open for appending, so it goes on at the new end by itself.
      await copyFile(path, rotatedOf(path));
      await truncate(path);
    },
  };
}

export function previousOf(path: string): string {
  return path.replace(/\.log$/, '.previous.log');
}

export function rotatedOf(path: string): string {
  return path.replace(/\.log$/, '.rotated.log');
}

/** The end of a log: its last `lines` lines, read backwards from the end so that a large file costs no more than a small one. */
export async function readTail(path: string, lines: number): Promise<string[]> {
  const file = await open(path).catch(ignoreMissing);
  if (!file) return [];
  try {
    const { size } = await file.stat();
    for (let bytes = 64 * 1024; ; bytes *= 8) {
      const start = Math.max(0, size - bytes);
      const buffer = Buffer.alloc(size - start);
      const { bytesRead } = await file.read(buffer, 0, buffer.length, start);
      const found = splitLines(buffer.toString('utf8', 0, bytesRead));
      if (start === 0) return lastOf(found, lines);
      // The first piece may be the end of a longer line.
      if (found.length > lines) return lastOf(found, lines);
    }
  } finally {
    await file.close();
  }
}

function lastOf(found: string[], count: number): string[] {
  return count === 0 ? [] : found.slice(-count);
}

function splitLines(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

export function ignoreMissing(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  throw error;
}
