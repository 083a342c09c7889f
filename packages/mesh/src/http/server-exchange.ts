/**
 * One request and its response, as the server side sees them. Stays harmless after it is over: calls on an exchange whose
 * connection has gone on to another request do nothing.
 */
import type { Socket } from 'node:net';
import { endBody, writeBody } from './body-encoder.ts';
import type { BodyCoding } from './body-encoder.ts';
import { bodyDecoder } from './decode-body.ts';
import { formatFields } from './fields.ts';
import type { RequestHead } from './request-head.ts';
import type { WireWriter } from './wire-writer.ts';

/** Where the request body goes. */
export interface BodySink {
  /** Returns false to hold the sender back until `resumeBody` is called. */
  onBodyData(data: Buffer): boolean;
  onBodyEnd(trailers: readonly string[]): void;
}

/** What happens to the connection while the exchange is on it. */
export interface ExchangeEvents {
  /** The client reads again after `write` returned false. */
  onClientDrain(): void;
  /** The client has gone before the response was complete. */
  onGone(): void;
}

/** What an exchange needs of its connection. */
export interface ExchangeConnection {
  readonly writer: WireWriter;
  readonly remoteAddress: string;
  /** The body is wanted from now on, or wanted again. */
  continueReading(): void;
  /** The response is complete. */
  finish(): void;
  detach(): { socket: Socket; rest: Buffer };
  destroy(): void;
}

export interface ResponseStart {
  status: number;
  reason: string;
  /** Without Connection and Transfer-Encoding, which are this hop's. */
  fields: readonly string[];
  /** `length`: the fields have a Content-Length. `unknown-length` is coded as the client's version allows. */
  body: 'none' | 'length' | 'unknown-length';
}

export class ServerExchange {
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

  get remoteAddress(): string {
    return this.#connection.remoteAddress;
  }

  /** Begins to deliver the body. Until then nothing of it is read, and a client that waits for a 100 waits. */
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

  /** An interim response, such as 103 Early Hints. HTTP/1.0 clients know none. */
  inform(status: number, reason: string, fields: readonly string[]): void {
    if (this.isOver || this.hasResponseBegun || this.head.minorVersion === 0) return;
    this.#connection.writer.text(`HTTP/1.1 ${status} ${reason}\r\n${formatFields(fields)}\r\n`);
  }

  begin({ status, reason, fields, body }: ResponseStart): void {
    if (this.isOver || this.hasResponseBegun) return;
    this.hasResponseBegun = true;
    // A client told to go on sending must be read to the end; one that was not may never send its body.
    if (this.head.expectsContinue && this.sink === undefined) this.isPersistent = false;
    const isChunked = body === 'unknown-length' && this.head.minorVersion === 1;
    if (body === 'unknown-length' && !isChunked) this.isPersistent = false;
    this.#coding = body === 'none' ? 'none' : isChunked ? 'chunked' : 'raw';
    this.#connection.writer.text(
      `HTTP/1.1 ${status} ${reason}\r\n${formatFields(fields)}${isChunked ? 'Transfer-Encoding: chunked\r\n' : ''}${this.#connectionField()}\r\n`,
    );
  }

  /** Returns false when the client is slower: `onClientDrain` follows. */
  write(data: Buffer): boolean {
    if (this.isOver) return true;
    writeBody(this.#connection.writer, this.#coding, data);
    return !this.#connection.writer.needsDrain;
  }

  end(trailers: readonly string[] = []): void {
    if (this.isOver) return;
    endBody(this.#connection.writer, this.#coding, trailers);
    this.isOver = true;
    this.#connection.finish();
  }

  /** Answers 101 and gives the connection away; undefined when the client has gone. `rest` came behind the request. */
  upgrade(fields: readonly string[]): { socket: Socket; rest: Buffer } | undefined {
    if (this.isOver || this.hasResponseBegun) return undefined;
    this.#connection.writer.text(`HTTP/1.1 101 Switching Protocols\r\n${formatFields(fields)}\r\n`);
    this.isOver = true;
    return this.#connection.detach();
  }

  /** Breaks the connection off, so that the client cannot take what it has for the whole response. */
  destroy(): void {
    if (!this.isOver) this.#connection.destroy();
  }

  #connectionField(): string {
    if (!this.isPersistent) return 'Connection: close\r\n';
    return this.head.minorVersion === 0 ? 'Connection: keep-alive\r\n' : '';
  }
}
