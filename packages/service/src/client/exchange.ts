/**
 * One HTTP request and its whole answer as text, by undici: a quarter of what `fetch` costs in processor time, which wraps every request and
 * body in web streams that nobody here reads. Not a client: nothing is repeated, followed or interpreted.
 */
import { EventEmitter } from 'node:events';
import type * as Undici from 'undici';

export interface ExchangeOptions {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** From connecting to the last byte. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** No whole answer in time. What the other side did is unknown. */
export class ExchangeTimeout extends Error {
  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs} ms`);
    this.name = 'ExchangeTimeout';
  }
}

/** Loaded with the first request: some services never make one. */
let undici: Promise<typeof Undici> | undefined;

/**
 * Resolves with any answer, whatever its status; redirects are not followed. Rejects with an ExchangeTimeout, the signal's reason, or the error of the
 * connection.
 */
export async function exchange(url: URL, { timeoutMs, signal, ...options }: ExchangeOptions): Promise<Answer> {
  const { request } = await (undici ??= import('undici'));
  signal?.throwIfAborted();
  const stop = new Stop();
  const onAbort = (): void => stop.because(signal?.reason);
  const timer = setTimeout(() => stop.because(new ExchangeTimeout(timeoutMs)), timeoutMs);
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const { statusCode, body } = await request(url, { ...options, signal: stop });
    return { status: statusCode, text: await body.text() };
  } catch (error) {
    throw stop.isStopped ? stop.reason : error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

/** undici takes an emitter of `abort` for a signal, and nothing here needs more of one. */
class Stop extends EventEmitter {
  isStopped = false;
  /** Read by undici. */
  reason: unknown;

  because(reason: unknown): void {
    this.isStopped = true;
    this.reason = reason;
    this.emit('abort');
  }
}
