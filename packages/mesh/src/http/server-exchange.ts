/**
 * One request and its response on an HTTP/1.1 connection. Stays harmless after it is over, also when the connection has gone on to
 * another request.
 */
import type { Socket } from 'node:net';
import { endBody, writeBody } from './body-encoder.ts';
import type { BodyCoding } from './body-encoder.ts';
import { bodyDecoder } from './decode-body.ts';
import { giveBack } from './direct-socket.ts';
import type { BodySink, Exchange, ExchangeEvents, ResponseStart } from './exchange.ts';
import { formatHead, hasField } from './fields.ts';
import type { RequestHead } from './request-head.ts';
import type { WireWriter } from './wire-writer.ts';

/** What an exchange needs of its connection. */
export interface ExchangeConnection {
  readonly writer: WireWriter;
  readonly scheme: 'http' | 'https';
  readonly remoteAddress: string;
  /** The body is wanted from now on, or wanted again. */
  continueReading(): void;
  /** The response is complete. */
  finish(): void;
  detach(): { socket: Socket; rest: Buffer };
  destroy(): void;
}

export class ServerExchange implements Exchange {
  readonly head: RequestHead;
  readonly decoder;
  events: ExchangeEvents | undefined;
  sink: BodySink | undefined;
  /** What is left of the request body is read and thrown away. */
  isDiscarding = false;
  isPersistent: boolean;
  hasResponseBegun = false;
  isOver = false;
  readonly #connection: ExchangeConnection;
  #coding: BodyCoding = 'none';

  constructor(head: RequestHead, connection: ExchangeConnection) {
    this.head = head;
    this.decoder = bodyDecoder(head.framing);
    this.isPersistent = head.isPersistent;
    this.#connection = connection;
  }

  get scheme(): 'http' | 'https' {
    return this.#connection.scheme;
  }

  get remoteAddress(): string {
    return this.#connection.remoteAddress;
  }

  get hasBody(): boolean {
    return !this.decoder.isDone;
  }

  readBody(sink: BodySink): void {
    if (this.isOver) return;
    this.sink = sink;
    if (this.head.expectsContinue && !this.decoder.isDone) {
      this.#connection.writer.text('HTTP/1.1 100 Continue\r\n\r\n');
    }
    this.#connection.continueReading();
  }

  /** Whether what comes next on the connection is body that somebody wants, or that is to be discarded. */
  takesBody(): boolean {
    return !this.decoder.isDone && (this.sink !== undefined || this.isDiscarding);
  }

  resumeBody(): void {
    if (!this.isOver) this.#connection.continueReading();
  }

  /** HTTP/1.0 clients know none. */
  inform(status: number, reason: string, fields: readonly string[]): void {
    if (this.isOver || this.hasResponseBegun || this.head.minorVersion === 0) return;
    this.#connection.writer.text(formatHead(`HTTP/1.1 ${status} ${reason}`, fields));
  }

  begin({ status, reason, fields, body }: ResponseStart): void {
    if (this.isOver || this.hasResponseBegun) return;
    this.hasResponseBegun = true;
    // A client told to go on sending must be read to the end; one that was not may never send its body.
    if (this.head.expectsContinue && this.sink === undefined) this.isPersistent = false;
    const isChunked = body === 'unknown-length' && this.head.minorVersion === 1;
    if (body === 'unknown-length' && !isChunked) this.isPersistent = false;
    this.#coding = body === 'none' ? 'none' : isChunked ? 'chunked' : 'raw';
    const needsLength = body === 'none' && mayHaveBody(this.head.method, status) && !hasField(fields, 'content-length');
    const more = isChunked ? ['Transfer-Encoding: chunked'] : needsLength ? ['Content-Length: 0'] : [];
    const connection = this.#connectionField();
    if (connection !== undefined) more.push(connection);
    this.#connection.writer.text(formatHead(`HTTP/1.1 ${status} ${reason}`, fields, more));
  }

  write(data: Buffer): boolean {
    if (this.isOver) return true;
    // What an upstream sent is held by nobody else: bodies are kept on their way there only.
    writeBody(this.#connection.writer, this.#coding, data, giveBack);
    return !this.#connection.writer.needsDrain;
  }

  end(trailers: readonly string[] = []): void {
    if (this.isOver) return;
    endBody(this.#connection.writer, this.#coding, trailers);
    this.isOver = true;
    this.#connection.finish();
  }

  upgrade(fields: readonly string[]): { socket: Socket; rest: Buffer } | undefined {
    if (this.isOver || this.hasResponseBegun) return undefined;
    this.#connection.writer.text(formatHead('HTTP/1.1 101 Switching Protocols', fields));
    this.isOver = true;
    return this.#connection.detach();
  }

  destroy(): void {
    if (!this.isOver) this.#connection.destroy();
  }

  #connectionField(): string | undefined {
    if (!this.isPersistent) return 'Connection: close';
    return this.head.minorVersion === 0 ? 'Connection: keep-alive' : undefined;
  }
}

/** Responses whose end a client can tell from the head alone (RFC 9112 §6.3). HTTP/2 says of any response that it has no body. */
function mayHaveBody(method: string, status: number): boolean {
  return method !== 'HEAD' && status >= 200 && status !== 204 && status !== 304;
}
