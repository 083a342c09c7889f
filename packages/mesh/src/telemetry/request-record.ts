/**
 * An exchange that takes notes: passes everything through and knows at the end how it went. The one object that telemetry costs a
 * request, whatever protocol it came by.
 */
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { BodySink, Exchange, ExchangeEvents, ExchangeNotes, ResponseStart } from '../http/exchange.ts';
import { MessageCounter } from '../grpc/message-counter.ts';
import { combinedField } from '../http/fields.ts';
import type { RequestHead } from '../http/request-head.ts';
import type { RequestSample } from './edges.ts';
import type { Tracing } from './settings.ts';
import type { Hop } from './trace/hop.ts';
import { flag } from './response-flags.ts';

/** Called once, when the request is over: answered, broken off, or its tunnel closed. */
export type OnFinished = (record: RequestRecord) => void;

export class RequestRecord implements Exchange, ExchangeEvents, ExchangeNotes, BodySink, RequestSample {
  readonly startedMs: number;
  readonly isEdge: boolean;
  /** Only of gRPC calls. */
  readonly messages: { requests: MessageCounter; responses: MessageCounter } | undefined;
  route: string | undefined;
  cluster: string | undefined;
  upstream: ExchangeNotes['upstream'];
  attempts = 0;
  reason: string | undefined;
  detail: string | undefined;
  flags = 0;
  requestId: string | undefined;
  hop: Hop | undefined;
  tracing: Tracing | undefined;
  /** 0 until there is one. */
  status = 0;
  requestBytes = 0;
  responseBytes = 0;
  grpcStatus: number | undefined;
  responseFields: readonly string[] = [];
  /** When the response began, where somebody wants to know (`isTimed`). */
  responseMs: number | undefined;
  isTimed = false;
  protocol: RequestSample['protocol'] = 'http';
  /** Known when it is over. */
  durationMs = 0;
  readonly #exchange: Exchange;
  readonly #onFinished: OnFinished;
  #events: ExchangeEvents | undefined;
  #sink: BodySink | undefined;
  #hasResponseBody = false;
  #isTunnel = false;
  #isFinished = false;

  constructor(exchange: Exchange, isEdge: boolean, startedMs: number, onFinished: OnFinished) {
    this.#exchange = exchange;
    this.isEdge = isEdge;
    this.startedMs = startedMs;
    this.#onFinished = onFinished;
    if (isGrpcRequest(exchange.head)) this.messages = { requests: new MessageCounter(), responses: new MessageCounter() };
    exchange.events = this;
  }

  get notes(): ExchangeNotes {
    return this;
  }

  get head(): RequestHead {
    return this.#exchange.head;
  }

  get scheme(): 'http' | 'https' {
    return this.#exchange.scheme;
  }

  get remoteAddress(): string {
    return this.#exchange.remoteAddress;
  }

  get hasBody(): boolean {
    return this.#exchange.hasBody;
  }

  get hasResponseBegun(): boolean {
    return this.#exchange.hasResponseBegun;
  }

  get isOver(): boolean {
    return this.#exchange.isOver;
  }

  get events(): ExchangeEvents | undefined {
    return this.#events;
  }

  set events(events: ExchangeEvents | undefined) {
    this.#events = events;
  }

  readBody(sink: BodySink): void {
    this.#sink = sink;
    this.#exchange.readBody(this);
  }

  resumeBody(): void {
    this.#exchange.resumeBody();
  }

  inform(status: number, reason: string, fields: readonly string[]): void {
    this.#exchange.inform(status, reason, fields);
  }

  begin(start: ResponseStart): void {
    if (this.isOver || this.hasResponseBegun) return;
    this.status = start.status;
    this.#hasResponseBody = start.body !== 'none';
    this.responseFields = start.fields;
    if (this.isTimed) this.responseMs = performance.now() - this.startedMs;
    this.#readGrpcStatus(start.fields);
    this.#exchange.begin(start);
  }

  write(data: Buffer): boolean {
    if (this.#hasResponseBody) this.responseBytes += data.length;
    this.messages?.responses.push(data);
    return this.#exchange.write(data);
  }

  end(trailers: readonly string[] = []): void {
    if (trailers.length > 0) this.#readGrpcStatus(trailers);
    this.#exchange.end(trailers);
    this.#finish();
  }

  upgrade(fields: readonly string[]): { socket: Duplex; rest: Buffer } | undefined {
    const upgraded = this.#exchange.upgrade(fields);
    if (upgraded === undefined) return undefined;
    this.status = 101;
    this.#isTunnel = true;
    this.#countTunnel(upgraded.socket);
    return upgraded;
  }

  destroy(): void {
    this.#exchange.destroy();
    this.#finish();
  }

  // What happens to the exchange below.

  onClientDrain(): void {
    this.#events?.onClientDrain();
  }

  onGone(): void {
    this.flags |= flag('DC');
    this.#events?.onGone();
    this.#finish();
  }

  onBodyData(data: Buffer): boolean {
    this.requestBytes += data.length;
    this.messages?.requests.push(data);
    return this.#sink?.onBodyData(data) ?? true;
  }

  onBodyEnd(trailers: readonly string[]): void {
    this.#sink?.onBodyEnd(trailers);
  }

  #readGrpcStatus(fields: readonly string[]): void {
    const status = combinedField(fields, 'grpc-status');
    if (status !== undefined && /^\d{1,2}$/.test(status)) this.grpcStatus = Number(status);
  }

  /** A stream of an HTTP/2 connection keeps no count of its bytes. */
  #countTunnel(socket: Duplex): void {
    const { bytesRead, bytesWritten } = socket instanceof Socket ? socket : { bytesRead: 0, bytesWritten: 0 };
    socket.once('close', () => {
      if (socket instanceof Socket) {
        this.requestBytes += socket.bytesRead - bytesRead;
        this.responseBytes += socket.bytesWritten - bytesWritten;
      }
      this.#isTunnel = false;
      this.#finish();
    });
  }

  #finish(): void {
    if (this.#isFinished || this.#isTunnel) return;
    this.#isFinished = true;
    this.#onFinished(this);
  }
}

/** gRPC is spoken over HTTP/2 alone: of others the fields are not looked through. */
function isGrpcRequest({ majorVersion, fields }: RequestHead): boolean {
  return majorVersion === 2 && /^application\/grpc(?:[+;]|$)/i.test(combinedField(fields, 'content-type') ?? '');
}
