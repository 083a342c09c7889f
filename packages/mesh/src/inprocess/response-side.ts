/**
 * The two kinds of undici handlers behind one interface. Knows nothing of requests; whether the caller is ready for more is told by
 * return values and by `Flow`.
 */
import type { ControlledHandler, Controller, LegacyHandler, ParsedFields, UndiciHandler } from './undici.ts';

/** What a handler may do while it is being answered. */
export interface Flow {
  readonly isPaused: boolean;
  readonly isAborted: boolean;
  readonly abortReason: unknown;
  abort(reason: unknown): void;
  pause(): void;
  resume(): void;
}

/** Calls come in the order of the interface; `failed` may come instead of any. Whatever a handler throws comes out here. */
export interface ResponseSide {
  started(flow: Flow): void;
  /** Also for interim responses. */
  headed(status: number, fields: readonly string[], reason: string): void;
  received(data: Buffer): void;
  ended(trailers: readonly string[]): void;
  failed(error: unknown): void;
}

export function responseSideOf(handler: UndiciHandler): ResponseSide {
  return 'onRequestStart' in handler && typeof handler.onRequestStart === 'function'
    ? new ControlledResponse(handler)
    : new LegacyResponse(handler);
}

class LegacyResponse implements ResponseSide {
  readonly #handler: LegacyHandler;
  #flow: Flow | undefined;

  constructor(handler: LegacyHandler) {
    this.#handler = handler;
  }

  started(flow: Flow): void {
    this.#flow = flow;
    this.#handler.onConnect?.((reason) => flow.abort(reason));
  }

  headed(status: number, fields: readonly string[], reason: string): void {
    this.#handler.onResponseStarted?.();
    const isReady = this.#handler.onHeaders?.(status, rawFields(fields), () => this.#flow?.resume(), reason);
    if (isReady === false && status >= 200) this.#flow?.pause();
  }

  received(data: Buffer): void {
    if (this.#handler.onData?.(data) === false) this.#flow?.pause();
  }

  ended(trailers: readonly string[]): void {
    this.#handler.onComplete?.(rawFields(trailers));
  }

  failed(error: unknown): void {
    this.#handler.onError?.(error);
  }
}

class ControlledResponse implements ResponseSide {
  readonly #handler: ControlledHandler;
  #controller: Controller | undefined;

  constructor(handler: ControlledHandler) {
    this.#handler = handler;
  }

  started(flow: Flow): void {
    this.#controller = controllerOf(flow);
    this.#handler.onRequestStart(this.#controller, null);
  }

  headed(status: number, fields: readonly string[], reason: string): void {
    if (this.#controller === undefined) return;
    this.#controller.rawHeaders = rawFields(fields);
    this.#handler.onResponseStarted?.();
    this.#handler.onResponseStart?.(this.#controller, status, parsedFields(fields), reason);
  }

  received(data: Buffer): void {
    if (this.#controller !== undefined) this.#handler.onResponseData?.(this.#controller, data);
  }

  ended(trailers: readonly string[]): void {
    if (this.#controller === undefined) return;
    this.#controller.rawTrailers = rawFields(trailers);
    this.#handler.onResponseEnd?.(this.#controller, parsedFields(trailers));
  }

  failed(error: unknown): void {
    if (this.#controller !== undefined) this.#handler.onResponseError?.(this.#controller, error);
  }
}

function controllerOf(flow: Flow): Controller {
  return {
    rawHeaders: null,
    rawTrailers: null,
    get aborted() {
      return flow.isAborted;
    },
    get reason() {
      return flow.abortReason ?? null;
    },
    get paused() {
      return flow.isPaused;
    },
    abort: (reason) => flow.abort(reason),
    pause: () => flow.pause(),
    resume: () => flow.resume(),
  };
}

/** As they would have come off the wire. */
export function rawFields(fields: readonly string[]): Buffer[] {
  return fields.map((text) => Buffer.from(text, 'latin1'));
}

function parsedFields(fields: readonly string[]): ParsedFields {
  // Without a prototype, as undici's: a field may be called `constructor`.
  const parsed: ParsedFields = Object.create(null) as ParsedFields;
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const name = (fields[index] ?? '').toLowerCase();
    const value = fields[index + 1] ?? '';
    const earlier = parsed[name];
    if (earlier === undefined) parsed[name] = value;
    else parsed[name] = Array.isArray(earlier) ? [...earlier, value] : [earlier, value];
  }
  return parsed;
}
