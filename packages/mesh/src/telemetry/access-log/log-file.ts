/**
 * A log file that never holds anybody up: lines wait in a bounded buffer while the disk writes, and what does not fit is dropped and
 * counted. Full files give way to new ones, and the oldest go.
 *
 *   access.log ─full─► access.log.1 ─► … ─► access.log.4 ─► gone
 */
import { createWriteStream, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import type { WriteStream } from 'node:fs';
import { dirname } from 'node:path';

export interface LogFileOptions {
  path: string;
  /** Of one file. */
  maxBytes?: number;
  /** Full files that are kept besides. */
  keep?: number;
  /** Of lines that wait for the disk. */
  bufferBytes?: number;
  /** Told once per kind of trouble (a full disk, a folder that cannot be written). */
  onTrouble?: (message: string) => void;
}

const flushMs = 100;

export class LogFile {
  written = 0;
  dropped = 0;
  readonly #options: Required<LogFileOptions>;
  #stream: WriteStream | undefined;
  #fileBytes = 0;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #isWriting = false;
  #timer: NodeJS.Timeout | undefined;
  #onIdle: (() => void) | undefined;
  readonly #told = new Set<string>();

  constructor(options: LogFileOptions) {
    this.#options = { maxBytes: 10_000_000, keep: 4, bufferBytes: 1_000_000, onTrouble: () => undefined, ...options };
  }

  /** Takes a line with its line feed. Never throws, never waits. */
  write(line: string): void {
    if (this.#waitingBytes + line.length > this.#options.bufferBytes) {
      this.dropped++;
      return;
    }
    this.#waiting.push(line);
    this.#waitingBytes += line.length;
    this.#timer ??= setTimeout(() => this.#flush(), flushMs).unref();
  }

  /** Resolves when what has been taken is on disk, or cannot be. */
  async close(): Promise<void> {
    this.#flush();
    if (this.#isWriting) await new Promise<void>((resolve) => (this.#onIdle = resolve));
    const stream = this.#stream;
    this.#stream = undefined;
    if (stream !== undefined) await new Promise<void>((resolve) => stream.once('close', () => resolve()).end());
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#isWriting || this.#waiting.length === 0) return;
    const lines = this.#waiting;
    const text = Buffer.from(lines.join(''));
    this.#waiting = [];
    const stream = this.#open(text.length);
    if (stream === undefined) {
      this.dropped += lines.length;
      this.#waitingBytes = 0;
      return;
    }
    this.#isWriting = true;
    // The bytes count as waiting until they are written: a disk that stands still must not be given ever more.
    stream.write(text, (error) => {
      this.#isWriting = false;
      this.#waitingBytes = this.#waiting.reduce((sum, { length }) => sum + length, 0);
      if (error) this.dropped += lines.length;
      else this.written += lines.length;
      if (this.#waiting.length === 0) this.#onIdle?.();
      else this.#flush();
    });
  }

  #open(bytes: number): WriteStream | undefined {
    const { path, maxBytes } = this.#options;
    try {
      if (this.#stream === undefined) {
        mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
        this.#fileBytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
      }
      if (this.#fileBytes > 0 && this.#fileBytes + bytes > maxBytes) this.#rotate();
      this.#stream ??= this.#create();
      this.#fileBytes += bytes;
      return this.#stream;
    } catch (error) {
      this.#tell(error);
      return undefined;
    }
  }

  #create(): WriteStream {
    const stream = createWriteStream(this.#options.path, { flags: 'a', mode: 0o600 });
    stream.on('error', (error) => {
      this.#tell(error);
      if (this.#stream === stream) this.#stream = undefined;
    });
    return stream;
  }

  #rotate(): void {
    const { path, keep } = this.#options;
    this.#stream?.end();
    this.#stream = undefined;
    for (let number = keep; number > 0; number--) {
      const older = number === 1 ? path : `${path}.${number - 1}`;
      if (statSync(older, { throwIfNoEntry: false }) !== undefined) renameSync(older, `${path}.${number}`);
    }
    if (keep === 0) rmSync(path, { force: true });
    this.#fileBytes = 0;
  }

  #tell(error: unknown): void {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN';
    if (this.#told.has(code)) return;
    this.#told.add(code);
    const message = error instanceof Error ? error.message : String(error);
    this.#options.onTrouble(`the access log cannot be written: ${message}`);
  }
}
