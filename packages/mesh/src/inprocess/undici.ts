/**
 * What undici hands to a dispatcher, and what it wants back. `fetch` of Node and the npm package share one dispatcher, so handlers
 * of versions 6, 7 and 8 arrive here: those of the older kind take raw headers and return false to pause, those of the newer
 * (`onRequestStart`) are given a controller. Nothing is imported from undici: which version a program has is its business.
 */

/** Not ours to trust: whatever is not understood goes to undici, which knows how to refuse it. */
export interface UndiciOptions {
  origin?: unknown;
  path?: unknown;
  method?: unknown;
  headers?: unknown;
  body?: unknown;
  query?: unknown;
  upgrade?: unknown;
  expectContinue?: unknown;
  reset?: unknown;
  headersTimeout?: unknown;
  bodyTimeout?: unknown;
}

/** The handler of version 6, and of `fetch` in version 7. */
export interface LegacyHandler {
  onConnect?: (abort: (reason?: unknown) => void) => void;
  onResponseStarted?: () => void;
  /** Returns false to pause until `resume` is called. */
  onHeaders?: (status: number, rawHeaders: Buffer[], resume: () => void, statusText: string) => unknown;
  onData?: (data: Buffer) => unknown;
  onComplete?: (rawTrailers: Buffer[]) => unknown;
  onError?: (error: unknown) => unknown;
}

export interface Controller {
  readonly aborted: boolean;
  readonly reason: unknown;
  readonly paused: boolean;
  rawHeaders: Buffer[] | null;
  rawTrailers: Buffer[] | null;
  abort(reason?: unknown): void;
  pause(): void;
  resume(): void;
}

export type ParsedFields = Record<string, string | string[]>;

/** The handler of version 8, and of most of version 7. */
export interface ControlledHandler {
  onRequestStart: (controller: Controller, context: unknown) => void;
  onResponseStarted?: () => void;
  onResponseStart?: (controller: Controller, status: number, headers: ParsedFields, statusText: string) => void;
  onResponseData?: (controller: Controller, data: Buffer) => void;
  onResponseEnd?: (controller: Controller, trailers: ParsedFields) => void;
  onResponseError?: (controller: Controller, error: unknown) => void;
}

export type UndiciHandler = LegacyHandler | ControlledHandler;

/** An error as undici's own: programs tell them apart by `code`. */
export function undiciError(name: string, code: string, message: string): Error {
  return Object.assign(new Error(message), { name, code });
}
