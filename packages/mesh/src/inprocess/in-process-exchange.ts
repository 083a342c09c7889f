/**
 * One request of this process's own and its response: the caller is an undici handler instead of a connection. What the proxy's core
 * writes is delivered at the pace of the handler; what the handler gives up ends the exchange.
 */
import type { BodySink, Exchange, ExchangeEvents, ResponseStart } from '../http/exchange.ts';
import type { Deadlines, Expiring } from '../http/deadlines.ts';
import type { ObservedRequest } from './diagnostics.ts';
import type { MeshRequest } from './request.ts';
import type { RequestBody } from './request-body.ts';
import type { Flow, ResponseSide } from './response-side.ts';
import { undiciError } from './undici.ts';

export interface InProcessExchangeOptions {
  request: MeshRequest;
  response: ResponseSide;
  /** This Pod's. */
  remoteAddress: string;
  deadlines: Deadlines;
  /** How long nothing may come: before the head, and between pieces of the body. 0: for ever. */
  headersTimeoutMs: number;
  bodyTimeoutMs: number;
  observed: ObservedRequest | undefined;
}

export class InProcessExchange implements Exchange, Flow, Expiring {
  readonly head;
  readonly scheme = 'http';
  readonly remoteAddress: string;
  readonly hasBody: boolean;
  events: ExchangeEvents | undefined;
  hasResponseBegun = false;
  isOver = false;
  deadline: number;
  isPaused = false;
  isAborted = false;
  abortReason: unknown;
  readonly #options: InProcessExchangeOptions;
  readonly #body: RequestBody | undefined;
  readonly #response: ResponseSide;
  #hasResponseBody = false;
  /** What came while the handler was paused, in order; `#trailers` when the end came too. */
  #held: Buffer[] = [];
  #trailers: readonly string[] | undefined;

  constructor(options: InProcessExchangeOptions) {
    const { request, response, deadlines, headersTimeoutMs } = options;
    this.head = request.head;
    this.remoteAddress = options.remoteAddress;
    this.hasBody = request.body !== undefined;
    this.#options = options;
    this.#body = request.body;
    this.#response = response;
    deadlines.watch(this);
    this.deadline = headersTimeoutMs === 0 ? Infinity : deadlines.now + headersTimeoutMs;
    this.#guarded(() => response.started(this));
  }

  // The proxy's side.

  readBody(sink: BodySink): void {
    if (!this.isOver) this.#body?.read(sink, (error) => this.abort(error));
  }

  resumeBody(): void {
    if (!this.isOver) this.#body?.resume();
  }

  inform(status: number, reason: string, fields: readonly string[]): void {
    if (!this.isOver && !this.hasResponseBegun) this.#guarded(() => this.#response.headed(status, fields, reason));
  }

  begin({ status, reason, fields, body }: ResponseStart): void {
    if (this.isOver || this.hasResponseBegun) return;
    this.hasResponseBegun = true;
    this.#hasResponseBody = body !== 'none';
    this.#touch();
    this.#options.observed?.answered(status, fields, reason);
    this.#guarded(() => this.#response.headed(status, fields, reason));
  }

  write(data: Buffer): boolean {
    if (this.isOver || !this.#hasResponseBody || data.length === 0) return true;
    this.#touch();
    if (this.isPaused) this.#held.push(data);
    else this.#guarded(() => this.#response.received(data));
    return !this.isPaused;
  }

  end(trailers: readonly string[] = []): void {
    if (this.isOver) return;
    if (this.isPaused) this.#trailers = trailers;
    else this.#finish(trailers);
  }

  /** Protocols are switched through the node's proxy. */
  upgrade(): undefined {
    return undefined;
  }

  destroy(): void {
    this.#fail(undiciError('SocketError', 'UND_ERR_SOCKET', 'other side closed'));
  }

  expire(): void {
    const what = this.hasResponseBegun ? 'Body' : 'Headers';
    const error = undiciError(`${what}TimeoutError`, `UND_ERR_${what.toUpperCase()}_TIMEOUT`, `${what} Timeout Error`);
    this.abort(error);
  }

  // The handler's side.

  abort(reason: unknown): void {
    if (this.isOver) return;
    this.isAborted = true;
    this.abortReason = reason ?? undiciError('AbortError', 'UND_ERR_ABORTED', 'Request aborted');
    this.events?.onGone();
    this.#fail(this.abortReason);
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    if (!this.isPaused || this.isOver) return;
    this.isPaused = false;
    while (this.#held.length > 0) {
      const data = this.#held.shift();
      if (data !== undefined) this.#guarded(() => this.#response.received(data));
      // Also when it was paused for good: the handler gave up.
      if (this.#isHeldBack()) return;
    }
    if (this.#trailers !== undefined) this.#finish(this.#trailers);
    else {
      this.#touch();
      this.events?.onClientDrain();
    }
  }

  #isHeldBack(): boolean {
    return this.isPaused || this.isOver;
  }

  #finish(trailers: readonly string[]): void {
    this.#settle();
    this.#options.observed?.ended(trailers);
    try {
      this.#response.ended(trailers);
    } catch (error) {
      this.#response.failed(error);
    }
  }

  #fail(error: unknown): void {
    if (this.isOver) return;
    this.#settle();
    this.#options.observed?.failed(error);
    this.#response.failed(error);
  }

  #settle(): void {
    this.isOver = true;
    this.#held = [];
    this.#options.deadlines.forget(this);
    this.#body?.cancel();
  }

  /** A handler that throws gives the request up, as in undici. */
  #guarded(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.abort(error);
    }
  }

  #touch(): void {
    const { deadlines, bodyTimeoutMs } = this.#options;
    this.deadline = bodyTimeoutMs === 0 || this.isPaused ? Infinity : deadlines.now + bodyTimeoutMs;
  }
}
