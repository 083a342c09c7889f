/**
 * One request and its response as the proxy sees them, whatever protocol they came by and wherever the proxy is mounted.
 * `ServerExchange` is the one of HTTP/1.1, `Http2Exchange` that of HTTP/2.
 */
import type { Duplex } from 'node:stream';
import type { RequestHead } from './request-head.ts';

/** Stays harmless after it is over: calls then do nothing. */
export interface Exchange {
  readonly head: RequestHead;
  /** What the caller used: `https` where TLS was terminated here. */
  readonly scheme: 'http' | 'https';
  /** Of the caller. */
  readonly remoteAddress: string;
  /** Whether there is a request body to be read. */
  readonly hasBody: boolean;
  readonly hasResponseBegun: boolean;
  /** The response is complete, or the caller has gone. */
  readonly isOver: boolean;
  events: ExchangeEvents | undefined;
  /** Where to write down what does not pass through the exchange itself; absent where nobody reads it. */
  readonly notes?: ExchangeNotes;
  /** Begins to deliver the body. Until then nothing of it is read, and a client that waits for a 100 waits. */
  readBody(sink: BodySink): void;
  /** After `onBodyData` returned false. */
  resumeBody(): void;
  /** An interim response, such as 103 Early Hints. */
  inform(status: number, reason: string, fields: readonly string[]): void;
  begin(start: ResponseStart): void;
  /** Returns false when the client is slower: `onClientDrain` follows. */
  write(data: Buffer): boolean;
  end(trailers?: readonly string[]): void;
  /** Answers that the protocol is switched and gives the connection away; undefined when that cannot be. `rest` came behind the request. */
  upgrade(fields: readonly string[]): { socket: Duplex; rest: Buffer } | undefined;
  /** Breaks the exchange off, so that the caller cannot take what it has for the whole response. */
  destroy(): void;
}

/** What becomes known of a request on its way, for telemetry: read when the exchange is over. */
export interface ExchangeNotes {
  /** When it came, on the clock of `performance.now()`. */
  readonly startedMs: number;
  /** The rule that took it, and where that leads. */
  route: string | undefined;
  cluster: string | undefined;
  /** The endpoint asked last. */
  upstream: { readonly address: string; readonly port: number } | undefined;
  /** How often an endpoint was asked. */
  attempts: number;
  /** Why the proxy answered itself, and what it said. */
  reason: string | undefined;
  detail: string | undefined;
  /** The request id, where the request came without one. */
  requestId: string | undefined;
  /** What becomes of the trace; absent: what came goes on, and a request that came without one begins one. */
  hop: { readonly fields: readonly string[]; readonly traceId?: string; readonly spanId?: string } | undefined;
  /** Set of response flags beyond those the reason implies. */
  flags: number;
}

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

export interface ResponseStart {
  status: number;
  reason: string;
  /** Without Connection and Transfer-Encoding, which are this hop's. */
  fields: readonly string[];
  /** `length`: the fields have a Content-Length. `unknown-length` is coded as the client's version allows. */
  body: 'none' | 'length' | 'unknown-length';
}
