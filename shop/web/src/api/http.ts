/**
 * One HTTP call to the API: JSON out, decoded JSON in, every failure an ApiError. Calls that are safe to repeat (all
 * but a POST without an Idempotency-Key) are repeated when the answer was lost or the service was not up; it knows no resource.
 */
import { type Decoder, DecodeError } from './decode.ts';
import { ApiError, errorFromResponse } from './problem.ts';

export interface HttpOptions {
  /** Default: the page's own origin. */
  baseUrl?: string;
  /** Of the person who is signed in, asked for at each call. Default: nobody is. */
  credentials?: Credentials;
  fetch?: typeof globalThis.fetch;
  /** Default 10 000. */
  timeoutMs?: number;
  /** Pause before each repetition; as many repetitions as pauses. Default 300, 1 000. */
  retryDelaysMs?: readonly number[];
}

/** Of whoever is signed in. Both reject with an ApiError. */
export interface Credentials {
  /** Undefined when nobody is signed in. Rejects also when the token has ended and cannot be renewed now. */
  token: () => Promise<string | undefined>;
  /** Another token in place of one that was refused (401); undefined when the session is over. */
  replace: (refused: string) => Promise<string | undefined>;
}

/** What is asked. */
export interface Question {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  body?: unknown;
  idempotencyKey?: string;
  /** Default: JSON. */
  accept?: string;
  /** Where a stream of events is to go on. */
  lastEventId?: string | undefined;
  signal?: AbortSignal | undefined;
  /** Carries no token, and so does not wait for one. Default false. */
  isPublic?: boolean;
}

export interface Call<T> extends Question {
  decode: Decoder<T>;
}

export type Http = <T>(path: string, call: Call<T>) => Promise<T>;

/** Statuses that say "not now", from the gateway or from a service that is starting. */
const notNow = new Set([502, 503, 504]);

export function createHttp(options: HttpOptions = {}): Http {
  const { retryDelaysMs = [300, 1000] } = options;
  return async (path, call) => {
    const repeatable = call.method !== 'POST' || call.idempotencyKey !== undefined;
    for (const delayMs of repeatable ? retryDelaysMs : []) {
      try {
        return await once(options, path, call);
      } catch (error) {
        if (!isTransient(error) || call.signal?.aborted) throw error;
        await pause(delayMs, call.signal);
      }
    }
    return await once(options, path, call);
  };
}

async function once<T>(options: HttpOptions, path: string, call: Call<T>): Promise<T> {
  return await decodeBody(await open(options, path, call), call.decode);
}

/**
 * A good answer, its body still to come; what is not good throws an ApiError.
 * @param timeout ends the body, too. Default: `timeoutMs` for each try
 */
export async function open(options: HttpOptions, path: string, call: Question, timeout?: AbortSignal): Promise<Response> {
  const credentials = call.isPublic ? undefined : options.credentials;
  const token = credentials && (await credentials.token());
  let response = await send(options, path, call, token, timeout);
  if (response.status === 401 && token !== undefined) {
    const another = await credentials?.replace(token);
    if (another !== undefined) response = await send(options, path, call, another, timeout);
  }
  if (response.ok) return response;
  throw await errorFromResponse(response);
}

async function send(
  { baseUrl = '', fetch = globalThis.fetch, timeoutMs = 10_000 }: HttpOptions,
  path: string,
  call: Question,
  token: string | undefined,
  timeout = AbortSignal.timeout(timeoutMs),
): Promise<Response> {
  try {
    return await fetch(`${baseUrl}${path}`, {
      method: call.method ?? 'GET',
      headers: headersOf(call, token),
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      signal: call.signal ? AbortSignal.any([call.signal, timeout]) : timeout,
    });
  } catch (cause) {
    call.signal?.throwIfAborted();
    throw new ApiError(0, { failure: timeout.aborted ? 'timeout' : 'offline', cause });
  }
}

function headersOf(call: Question, token: string | undefined): Record<string, string> {
  return {
    accept: call.accept ?? 'application/json, application/problem+json',
    ...(call.lastEventId === undefined ? {} : { 'last-event-id': call.lastEventId }),
    ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(call.idempotencyKey === undefined ? {} : { 'idempotency-key': call.idempotencyKey }),
  };
}

async function decodeBody<T>(response: Response, decode: Decoder<T>): Promise<T> {
  try {
    return decode(response.status === 204 ? undefined : await response.json(), '');
  } catch (cause) {
    if (cause instanceof DecodeError || cause instanceof SyntaxError) {
      throw new ApiError(response.status, { failure: 'unexpected-answer', cause });
    }
    throw new ApiError(0, { failure: 'offline', cause });
  }
}

function isTransient(error: unknown): boolean {
  return error instanceof ApiError && (error.failure === 'offline' || error.failure === 'timeout' || notNow.has(error.status));
}

function pause(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, delayMs);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    });
  });
}
