/**
 * The client side of one HTTP/1.1 connection: one request at a time, any number one after the other.
 */
import type { Socket } from 'node:net';
import type { BodyDecoder } from './body-decoder.ts';
import { endBody, writeBody } from './body-encoder.ts';
import type { Deadlines, Expiring } from './deadlines.ts';
import { bodyDecoder } from './decode-body.ts';
import { readyEvent } from './dial.ts';
import type { ReadSocket } from './dial.ts';
import { combinedField, formatHead, hasField } from './fields.ts';
import { HeadReader } from './head-reader.ts';
import { parseResponseHead } from './response-head.ts';
import type { ResponseHead } from './response-head.ts';
import type { OutgoingRequest, ResponseEvents, UpstreamStream } from './transport.ts';
import { WireError } from './wire-error.ts';
import { WireWriter } from './wire-writer.ts';

export interface ClientConnectionOptions {
  direct: ReadSocket;
  deadlines: Deadlines;
  connectMs: number;
  /** How long the connection may be kept when the upstream does not say. */
  idleMs: number;
  /** However long the upstream would keep it. Absent: as long as it says. */
  maxIdleMs?: number | undefined;
  onConnect?: () => void;
  /** It was wanted and could not be made. */
  onConnectFailed?: (isTimeout: boolean) => void;
  /** The connection can take another request. */
  onIdle: (connection: ClientConnection) => void;
  onClose: (connection: ClientConnection) => void;
}

export class ClientConnection implements Expiring, UpstreamStream {
  deadline = Infinity;
  /** How many it has been sent. */
  requests = 0;
  readonly openedAt = performance.now();
  readonly #options: ClientConnectionOptions;
  readonly #direct: ReadSocket;
  readonly #socket: Socket;
  readonly #writer: WireWriter;
  readonly #reader = new HeadReader();
  #events: ResponseEvents | undefined;
  #request: OutgoingRequest | undefined;
  #isRequestSent = false;
  #response: ResponseHead | undefined;
  #decoder: BodyDecoder | undefined;
  #isConnected = false;
  #keepAliveMs: number | undefined;

  constructor(options: ClientConnectionOptions) {
    const { direct, deadlines } = options;
    const { socket } = direct;
    this.#options = options;
    this.#direct = direct;
    this.#socket = socket;
    this.#writer = new WireWriter(socket);
    deadlines.watch(this);
    this.deadline = deadlines.now + options.connectMs;
    socket.once(readyEvent(socket), this.#onConnect);
    direct.onData = this.#onData;
    socket.on('end', this.#onEnd);
    socket.on('drain', this.#onDrain);
    socket.on('error', this.#onError);
    socket.once('close', this.#onClose);
  }

  get isUsable(): boolean {
    return !this.#socket.destroyed && this.deadline > this.#options.deadlines.now;
  }

  /** A request whose body coding is `none` is sent whole by this. */
  send(request: OutgoingRequest, events: ResponseEvents): void {
    this.requests++;
    this.#request = request;
    this.#events = events;
    this.#response = undefined;
    this.#decoder = undefined;
    this.#isRequestSent = request.body === 'none';
    if (this.#isConnected) this.deadline = Infinity;
    this.#socket.ref();
    this.#writer.text(formatRequest(request));
  }

  /** Returns false when the upstream is slower: `onUpstreamDrain` follows. */
  write(data: Buffer): boolean {
    if (this.#request !== undefined) writeBody(this.#writer, this.#request.body, data);
    return !this.#writer.needsDrain;
  }

  end(trailers: readonly string[]): void {
    if (this.#request === undefined) return;
    endBody(this.#writer, this.#request.body, trailers);
    this.#isRequestSent = true;
  }

  resume(): void {
    this.#socket.resume();
  }

  /** The answer is no longer wanted; a connection in the middle of one cannot be used again. */
  abandon(): void {
    this.#events = undefined;
    this.#socket.destroy();
  }

  expire(): void {
    if (this.#isConnected) this.#socket.destroy();
    else this.#fail(new Error(`no connection within ${this.#options.connectMs} ms`), true);
  }

  readonly #onConnect = (): void => {
    this.#isConnected = true;
    this.deadline = Infinity;
    this.#options.onConnect?.();
  };

  readonly #onData = (data: Buffer): void => {
    // Nobody asked: an answer to nothing would become the answer to the next request.
    if (this.#events === undefined) {
      this.#socket.destroy();
      return;
    }
    try {
      this.#process(data, this.#events);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#fail(error);
    }
  };

  #process(data: Buffer, events: ResponseEvents): void {
    let rest = data;
    while (this.#decoder === undefined) {
      const head = this.#reader.push(rest);
      if (head === undefined) return;
      rest = head.rest;
      if (this.#takeHead(head.text, rest, events)) return;
    }
    const used = this.#decoder.isDone ? 0 : this.#decoder.decode(rest, this.#onBodyData);
    if (this.#decoder.isDone && this.#events === events) this.#complete(rest.length - used, this.#decoder, events);
  }

  readonly #onBodyData = (part: Buffer): void => {
    // Abandoned in the middle: what is left of these bytes is nobody's.
    if (this.#events !== undefined && !this.#events.onData(part)) this.#socket.pause();
  };

  /** Returns true when nothing more is to be read here. */
  #takeHead(text: string, rest: Buffer, events: ResponseEvents): boolean {
    const head = parseResponseHead(text, this.#request?.method ?? 'GET');
    if (head.status === 101) {
      this.#events = undefined;
      this.#release();
      events.onUpgrade(head, this.#socket, rest);
      return true;
    }
    if (head.status < 200) {
      if (head.status !== 100) events.onInformation(head);
      return this.#events !== events;
    }
    this.#response = head;
    this.#decoder = bodyDecoder(head.framing);
    events.onHead(head);
    return this.#events !== events;
  }

  /** Bytes behind a complete response are nobody's, and whoever sends them cannot be trusted with another request. */
  #complete(restBytes: number, { trailers }: BodyDecoder, events: ResponseEvents): void {
    const isReusable = this.#response?.isPersistent === true && this.#isRequestSent && restBytes === 0 && !this.#socket.destroyed;
    this.#events = undefined;
    this.#request = undefined;
    if (isReusable) {
      const { idleMs, maxIdleMs = Infinity } = this.#options;
      this.#keepAliveMs ??= Math.min(keepAliveMs(this.#response?.fields ?? []) ?? idleMs, maxIdleMs);
      this.deadline = this.#options.deadlines.now + this.#keepAliveMs;
      this.#socket.resume();
      // A program that calls its services from its own process (inprocess/) must be able to end.
      this.#socket.unref();
      this.#options.onIdle(this);
    } else {
      this.#socket.destroy();
    }
    events.onEnd(trailers);
  }

  #fail(error: Error, isTimeout = false): void {
    const events = this.#events;
    this.#events = undefined;
    this.#socket.destroy();
    if (!this.#isConnected && events !== undefined) this.#options.onConnectFailed?.(isTimeout);
    events?.onFailure(error, this.#isConnected);
  }

  /** The listeners go, the socket stays. */
  #release(): void {
    this.#options.deadlines.forget(this);
    this.#options.onClose(this);
    this.#direct.onData = undefined;
    this.#socket.off('end', this.#onEnd).off('drain', this.#onDrain).off('error', this.#onError).off('close', this.#onClose);
    this.#socket.pause();
  }

  readonly #onEnd = (): void => {
    const { framing } = this.#response ?? {};
    if (this.#events !== undefined && framing?.kind === 'until-close' && this.#decoder !== undefined) {
      this.#decoder.end();
      this.#complete(0, this.#decoder, this.#events);
    } else this.#fail(new Error('the upstream closed the connection'));
  };

  readonly #onDrain = (): void => this.#events?.onUpstreamDrain();

  readonly #onError = (error: Error): void => {
    this.#fail(error);
  };

  readonly #onClose = (): void => {
    this.#options.deadlines.forget(this);
    this.#options.onClose(this);
    this.#fail(new Error('the connection was closed'));
  };
}

/** What the upstream says of its own patience (`Keep-Alive: timeout=5`), less a second, so that it is not we who are late. */
function keepAliveMs(fields: readonly string[]): number | undefined {
  const [, seconds] = /(?:^|[\s,])timeout=(\d{1,6})/i.exec(combinedField(fields, 'keep-alive') ?? '') ?? [];
  return seconds === undefined ? undefined : Math.max(0, Number(seconds) - 1) * 1000;
}

function formatRequest({ method, target, fields, body, upgrade }: OutgoingRequest): string {
  const more = body === 'chunked' ? ['Transfer-Encoding: chunked'] : [];
  if (body === 'none' && methodsWithBody.has(method) && !hasField(fields, 'content-length')) more.push('Content-Length: 0');
  if (upgrade !== undefined) more.push('Connection: Upgrade', `Upgrade: ${upgrade}`);
  return formatHead(`${method} ${target} HTTP/1.1`, fields, more);
}

/** Servers may insist on a length where one is to be expected (RFC 9110 §8.6). */
const methodsWithBody = new Set(['POST', 'PUT', 'PATCH']);
