/**
 * The caller in the tests of both mounts: a program in a Pod, started with the node's preload, that does what it is told over IPC with
 * `fetch`, with undici's `request` or with a connection of its own.
 */
import { connect as connectTo } from 'node:net';
import process from 'node:process';
import { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { FormData as UndiciFormData, request } from 'undici';
import type { CallOptions, CallResult, Command, ConnectionResult, LoadResult } from './mount-messages.ts';

/** What `load` counts until `stop`. */
let load: { result: LoadResult; isOver: boolean; done: Promise<unknown> } | undefined;
/** How much of the latest generated body was taken. */
let generatedBytes = 0;
/** Of the calls that are abortable. */
let abortion = new AbortController();

process.on('disconnect', () => process.exit());
process.on('message', (message) => {
  const { id, ...command } = message as Command & { id: number };
  void perform(command).then((result) => process.send?.({ id, result }));
});

async function perform(command: Command): Promise<unknown> {
  switch (command.kind) {
    case 'call':
      return call(command.options);
    case 'calls':
      return Promise.all(command.each.map((options) => call(options)));
    case 'connect':
      return exchangeBytes(command);
    case 'abort':
      abortion.abort();
      abortion = new AbortController();
      return undefined;
    case 'generated':
      return generatedBytes;
    case 'load':
      load = startLoad(command.options, command.concurrency);
      return undefined;
    case 'stop':
      if (load === undefined) return undefined;
      load.isOver = true;
      await load.done;
      return load.result;
  }
}

async function call(options: CallOptions): Promise<CallResult> {
  const startedMs = performance.now();
  const elapsed = () => performance.now() - startedMs;
  try {
    const answer = options.by === 'undici' ? await byUndici(options) : await byFetch(options);
    return { ...answer, ms: elapsed() };
  } catch (error) {
    return { status: 0, headers: {}, text: '', sizeBytes: 0, ms: elapsed(), error: describe(error) };
  }
}

async function exchangeBytes({ host, port, text }: Command & { kind: 'connect' }): Promise<ConnectionResult> {
  const socket = connectTo({ host, port, allowHalfOpen: true });
  let received = '';
  try {
    socket.end(text);
    for await (const data of socket) received += String(data);
    return { text: received };
  } catch (error) {
    return { text: received, error: describe(error) };
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? ` ${String(error.code)}` : '';
  return `${error.name}${code}: ${error.message}${error.cause === undefined ? '' : ` (${describe(error.cause)})`}`;
}

type Answer = Omit<CallResult, 'ms'>;

async function byFetch(options: CallOptions): Promise<Answer> {
  const { url, method = 'GET', headers = {}, isAbortable = false } = options;
  const response = await fetch(url, {
    method,
    headers,
    redirect: 'manual',
    ...bodyOf(options),
    ...(isAbortable && { signal: abortion.signal }),
  });
  const cookies = response.headers.getSetCookie();
  const fields = { ...Object.fromEntries(response.headers), ...(cookies.length > 0 && { 'set-cookie': cookies.join('|') }) };
  return { status: response.status, headers: fields, ...(await read(response.body ?? [], options)) };
}

async function byUndici(options: CallOptions): Promise<Answer> {
  const { url, method = 'GET', headers = {}, isAbortable = false } = options;
  const response = await request(url, {
    method,
    headers,
    body: undiciBodyOf(options),
    ...(isAbortable && { signal: abortion.signal }),
  });
  const fields = Object.entries(response.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join('|') : value]);
  const body = await read(response.body, options);
  const { trailers } = response;
  return { status: response.statusCode, headers: Object.fromEntries(fields) as Answer['headers'], ...body, trailers };
}

function bodyOf({ body, bodyBytes, form }: CallOptions): {
  body?: string | FormData | AsyncIterable<Uint8Array>;
  duplex?: 'half';
} {
  if (form !== undefined) {
    const data = new FormData();
    for (const [name, value] of Object.entries(form)) data.append(name, value);
    return { body: data };
  }
  if (bodyBytes !== undefined) return { body: generate(bodyBytes), duplex: 'half' };
  return body === undefined ? {} : { body };
}

/** Its own form data, and streams where fetch takes iterables. */
function undiciBodyOf({ body, bodyBytes, form }: CallOptions): string | UndiciFormData | Readable | null {
  if (form !== undefined) {
    const data = new UndiciFormData();
    for (const [name, value] of Object.entries(form)) data.append(name, value);
    return data;
  }
  return bodyBytes === undefined ? (body ?? null) : Readable.from(generate(bodyBytes), { objectMode: false });
}

async function* generate(totalBytes: number): AsyncGenerator<Uint8Array> {
  const piece = Buffer.alloc(64 * 1024, 'x');
  generatedBytes = 0;
  while (generatedBytes < totalBytes) {
    const data = piece.subarray(0, Math.min(piece.length, totalBytes - generatedBytes));
    generatedBytes += data.length;
    // A turn of the loop, as a file or a socket would take.
    await wait(0);
    yield data;
  }
}

async function read(body: AsyncIterable<unknown> | Iterable<never>, { pauseMs, keepText = true }: CallOptions) {
  let text = '';
  let sizeBytes = 0;
  for await (const chunk of body) {
    const data = chunk as Uint8Array;
    if (pauseMs !== undefined && sizeBytes === 0) await wait(pauseMs);
    sizeBytes += data.length;
    if (keepText) text += Buffer.from(data).toString();
  }
  return { text, sizeBytes };
}

function startLoad(options: CallOptions, concurrency: number): NonNullable<typeof load> {
  const result: LoadResult = { byStatus: {}, errors: [] };
  const one = async (): Promise<void> => {
    while (!state.isOver) {
      const { status, error } = await call(options);
      result.byStatus[status] = (result.byStatus[status] ?? 0) + 1;
      if (error !== undefined) result.errors.push(error);
    }
  };
  const state = { result, isOver: false, done: Promise.resolve() as Promise<unknown> };
  state.done = Promise.all(Array.from({ length: concurrency }, one));
  return state;
}
