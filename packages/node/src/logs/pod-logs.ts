/**
 * Reads and follows the logs of containers: what `kubectl logs` shows.
 */
import { watch } from 'node:fs';
import { open, readFile, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { ResourceError, type Pod, type PodLogOptions, type PodLogs } from '@hikyaku/resources';
import { ignoreMissing, previousOf, readTail, rotatedOf } from './log-file.ts';

export function logPath(directory: string, namespace: string, pod: string, container: string): string {
  return join(directory, namespace, pod, `${container}.log`);
}

export async function removeLogs(directory: string, namespace: string, pod: string): Promise<void> {
  await rm(join(directory, namespace, pod), { recursive: true, force: true });
}

/** `findPod` tells which Pods exist; following ends when it gives nothing any more. */
export function createPodLogs(directory: string, findPod: (namespace: string, name: string) => Pod | undefined): PodLogs {
  return {
    async *logs(namespace, name, options = {}) {
      const pod = findPod(namespace, name);
      if (!pod) throw new ResourceError('NotFound', `pods "${name}" not found`);
      const path = logPath(directory, namespace, name, containerOf(pod, options.container));
      const uid = pod.metadata.uid;
      const isAlive = () => findPod(namespace, name)?.metadata.uid === uid;
      for await (const line of readLog(path, options, isAlive)) yield options.timestamps ? `${timeOf(line)} ${line}` : line;
    },
  };
}

function containerOf({ metadata, spec }: Pod, wanted: string | undefined): string {
  const names = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].map(({ name }) => name);
  const name = wanted ?? spec?.containers[0]?.name;
  if (name !== undefined && names.includes(name)) return name;
  throw new ResourceError(
    'BadRequest',
    `container ${name ?? ''} is not valid for pod ${metadata.name}; it has: ${names.join(', ')}`,
  );
}

async function* readLog(path: string, options: PodLogOptions, isAlive: () => boolean): AsyncGenerator<string> {
  const { follow = false, previous = false, tailLines, signal } = options;
  if (previous) {
    yield* tailLines === undefined ? await readWhole(previousOf(path)) : await readTail(previousOf(path), tailLines);
    return;
  }
  const reader = new LineReader(path);
  try {
    if (tailLines === undefined) yield* await readWhole(rotatedOf(path));
    // When following, an unfinished last line waits for its end.
    const existing = [...(await reader.read()), ...(follow ? [] : reader.rest())];
    yield* tailLines === undefined ? existing : tailLines === 0 ? [] : existing.slice(-tailLines);
    if (!follow) return;
    yield* followLog(reader, path, isAlive, signal);
    yield* reader.rest();
  } finally {
    await reader.close();
  }
}

/** Follows over restarts of the container: a new run has a new file of the same name. */
async function* followLog(
  reader: LineReader,
  path: string,
  isAlive: () => boolean,
  signal?: AbortSignal,
): AsyncGenerator<string> {
  const changes = watchChanges(path);
  try {
    while (!signal?.aborted && isAlive()) {
      yield* await reader.read();
      await changes.next(signal);
    }
    yield* await reader.read();
  } finally {
    changes.close();
  }
}

/** inotify on the folder, with a slow poll behind it: a missed notification delays a line, it does not lose it. */
function watchChanges(path: string): { next(signal?: AbortSignal): Promise<void>; close(): void } {
  const POLL_MS = 500;
  let wake: (() => void) | undefined;
  let changed = false;
  const onChange = () => {
    changed = true;
    wake?.();
  };
  const watcher = startWatching(path, onChange);
  return {
    async next(signal) {
      if (changed) {
        changed = false;
        return;
      }
      const { promise, resolve } = Promise.withResolvers<undefined>();
      const timer = setTimeout(() => resolve(undefined), POLL_MS);
      const onAbort = () => resolve(undefined);
      signal?.addEventListener('abort', onAbort, { once: true });
      wake = () => resolve(undefined);
      await promise;
      wake = undefined;
      changed = false;
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    },
    close: () => watcher?.close(),
  };
}

function startWatching(path: string, onChange: () => void): { close(): void } | undefined {
  try {
    const watcher = watch(join(path, '..'), { persistent: false }, onChange);
    watcher.on('error', () => undefined);
    return watcher;
  } catch {
    // The container has not written anything yet, so there is no folder: the poll finds it.
    return undefined;
  }
}

/** Reads a growing file line by line; starts over when it was replaced (a restart) or truncated (a rotation). */
class LineReader {
  readonly #path: string;
  #file: FileHandle | undefined;
  #position = 0;
  #partial: Buffer = Buffer.alloc(0);

  constructor(path: string) {
    this.#path = path;
  }

  async read(): Promise<string[]> {
    const lines = this.#file ? await this.#readOn(this.#file) : [];
    if (!(await this.#reopen())) return lines;
    return [...lines, ...this.rest(), ...(this.#file ? await this.#readOn(this.#file) : [])];
  }

  /** What follows the last line end, as a line of its own. */
  rest(): string[] {
    const line = this.#partial.toString('utf8');
    this.#partial = Buffer.alloc(0);
    return line === '' ? [] : [line];
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }

  async #reopen(): Promise<boolean> {
    const file = await open(this.#path).catch(ignoreMissing);
    if (!file) return false;
    const [now, before] = await Promise.all([file.stat(), this.#file?.stat()]);
    if (now.ino === before?.ino && now.size >= this.#position) {
      await file.close();
      return false;
    }
    await this.close();
    this.#file = file;
    this.#position = 0;
    return true;
  }

  async #readOn(file: FileHandle): Promise<string[]> {
    const chunk = Buffer.alloc(64 * 1024);
    const lines: string[] = [];
    for (;;) {
      const { bytesRead } = await file.read(chunk, 0, chunk.length, this.#position);
      if (bytesRead === 0) return lines;
      this.#position += bytesRead;
      lines.push(...this.#split(chunk.subarray(0, bytesRead)));
    }
  }

  #split(chunk: Buffer): string[] {
    const data = Buffer.concat([this.#partial, chunk]);
    const end = data.lastIndexOf(10) + 1;
    this.#partial = data.subarray(end);
    return end === 0 ? [] : data.toString('utf8', 0, end - 1).split('\n');
  }
}

async function readWhole(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch(ignoreMissing);
  return text === undefined || text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

/** The time a structured line gives for itself (`time`, `timestamp` or `ts`; epoch milliseconds or text), else now. */
function timeOf(line: string): string {
  const [, , text, number] = /^\{.*?"(time|timestamp|ts)":(?:"([^"]+)"|(\d{12,14})\b)/.exec(line) ?? [];
  const time = new Date(text ?? (number === undefined ? Date.now() : Number(number)));
  return Number.isNaN(time.getTime()) ? new Date().toISOString() : time.toISOString();
}
