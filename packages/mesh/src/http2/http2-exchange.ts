/**
 * One request and its response as a stream of an HTTP/2 connection. Stays harmless after it is over.
 */
import { constants } from 'node:http2';
import type { ServerHttp2Stream, ServerStreamResponseOptions } from 'node:http2';
import type { Duplex } from 'node:stream';
import type { Deadlines, Expiring } from '../http/deadlines.ts';
import type { BodySink, Exchange, ExchangeEvents, ResponseStart } from '../http/exchange.ts';
import type { RequestHead } from '../http/request-head.ts';
import { sentFields, sentTrailers } from './fields.ts';
import { withoutHandshake } from './websocket.ts';

export interface Http2ExchangeOptions {
  stream: ServerHttp2Stream;
  head: RequestHead;
  scheme: 'http' | 'https';
  remoteAddress: string;
  deadlines: Deadlines;
  /** How long the stream may stand still in the middle of its request body. */
  bodyStallMs: number;
}

/** An upstream that gives no Date has its reasons; the option is missing in the types of Node. */
const asGiven: ServerStreamResponseOptions & { sendDate: boolean } = { sendDate: false };

export class Http2Exchange implements Exchange, Expiring {
  deadline = Infinity;
  events: ExchangeEvents | undefined;
  hasResponseBegun = false;
  isOver = false;
  readonly #options: Http2ExchangeOptions;
  readonly #stream: ServerHttp2Stream;
  #isBodyless = false;
  #isRequestRead: boolean;
  #requestTrailers: readonly string[] = [];

  constructor(options: Http2ExchangeOptions) {
    const { stream, head } = options;
    this.#options = options;
    this.#stream = stream;
    this.#isRequestRead = head.framing.kind === 'none';
    stream.on('drain', () => this.events?.onClientDrain());
    // What follows from it is in the close that comes after.
    stream.on('error', () => undefined);
    stream.once('close', this.#onClose);
  }

  get head(): RequestHead {
    return this.#options.head;
  }

  get scheme(): 'http' | 'https' {
    return this.#options.scheme;
  }

  get remoteAddress(): string {
    return this.#options.remoteAddress;
  }

  get hasBody(): boolean {
    return !this.#isRequestRead;
  }

  readBody(sink: BodySink): void {
    if (this.isOver || this.#isRequestRead) return;
    if (this.head.expectsContinue && !this.hasResponseBegun) this.#stream.additionalHeaders({ ':status': 100 });
    this.#options.deadlines.watch(this);
    this.#awaitBody();
    this.#stream.once('trailers', (_fields, _flags, raw) => (this.#requestTrailers = raw));
    this.#stream.on('data', (data: Buffer) => {
      if (this.isOver) return;
      this.#awaitBody();
      if (sink.onBodyData(data)) return;
      // A client is not late while it is us who do not read.
      this.deadline = Infinity;
      this.#stream.pause();
    });
    this.#stream.once('end', () => {
      this.#isRequestRead = true;
      this.#options.deadlines.forget(this);
      // A stream that was reset ends too: nothing more is to come, but the body was not whole.
      if (!this.isOver && !this.#stream.aborted) sink.onBodyEnd(this.#requestTrailers);
    });
  }

  resumeBody(): void {
    if (this.isOver || this.#isRequestRead) return;
    this.#awaitBody();
    this.#stream.resume();
  }

  inform(status: number, _reason: string, fields: readonly string[]): void {
    if (this.isOver || this.hasResponseBegun || status === constants.HTTP_STATUS_SWITCHING_PROTOCOLS) return;
    this.#stream.additionalHeaders({ ':status': status, ...sentTrailers(sentFields([], fields)) });
  }

  begin({ status, fields, body }: ResponseStart): void {
    if (this.isOver || this.hasResponseBegun) return;
    this.hasResponseBegun = true;
    this.#isBodyless = body === 'none';
    const sent = sentFields([':status', String(status)], fields);
    // Trailers may follow only where no length says that nothing does.
    const waitForTrailers = body === 'unknown-length';
    this.#stream.respond(sent, { ...asGiven, endStream: this.#isBodyless, waitForTrailers });
  }

  write(data: Buffer): boolean {
    if (this.isOver || this.#isBodyless || data.length === 0) return true;
    return this.#stream.write(data);
  }

  end(trailers: readonly string[] = []): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#options.deadlines.forget(this);
    this.#stream.once('wantTrailers', () => this.#stream.sendTrailers(sentTrailers(trailers)));
    // Whoever still sends is told that nobody wants it, once the response is out (RFC 9113 §8.1).
    if (!this.#isRequestRead) this.#stream.once('finish', () => this.#stream.close(constants.NGHTTP2_NO_ERROR));
    this.#stream.end();
  }

  upgrade(fields: readonly string[]): { socket: Duplex; rest: Buffer } | undefined {
    if (this.isOver || this.hasResponseBegun || this.head.upgrade === undefined) return undefined;
    this.isOver = true;
    this.#stream.off('close', this.#onClose);
    this.#stream.respond(sentFields([':status', '200'], withoutHandshake(fields)), asGiven);
    return { socket: this.#stream, rest: Buffer.alloc(0) };
  }

  destroy(): void {
    if (!this.isOver) this.#stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  }

  expire(): void {
    this.#stream.close(constants.NGHTTP2_CANCEL);
  }

  #awaitBody(): void {
    this.deadline = this.#options.deadlines.now + this.#options.bodyStallMs;
  }

  readonly #onClose = (): void => {
    this.#options.deadlines.forget(this);
    if (this.isOver) return;
    this.isOver = true;
    this.events?.onGone();
  };
}
