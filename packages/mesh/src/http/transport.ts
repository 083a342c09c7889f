/**
 * How requests reach one endpoint, whatever protocol is spoken there. `Http1Transport` is the one of HTTP/1.1, `Http2Transport` that of HTTP/2.
 */
import type { Duplex } from 'node:stream';
import type { Pool } from '../resilience/pool.ts';
import type { BodyCoding } from './body-encoder.ts';
import type { Deadlines } from './deadlines.ts';
import type { ResponseHead } from './response-head.ts';

/** The connections to one endpoint. */
export interface Transport {
  /** Takes a connection that is free, or makes one; its failure is one of the request. Nothing is called back before this returns. */
  open(request: OutgoingRequest, events: ResponseEvents): UpstreamStream;
  /** Gives up idle connections, now and as they become idle. Requests under way finish. */
  retire(): void;
}

export interface TransportOptions {
  deadlines: Deadlines;
  /** Of the cluster, shared by its endpoints. */
  pool: Pool;
}

/** Istio's default. */
export const connectTimeoutMs = 10_000;

export interface OutgoingRequest {
  method: string;
  /** Path and query. */
  target: string;
  /** Host first; without those that frame the body or concern the connection, except a Content-Length for a `raw` body. */
  fields: readonly string[];
  body: BodyCoding;
  /** The protocol to switch to, where the transport can. */
  upgrade?: string;
  /** Looked at only where endpoints are asked in what their callers speak. */
  callerProtocol?: 'http1' | 'http2';
  /** The caller reads trailers (`TE: trailers`), which gRPC servers insist on. HTTP/1.1 upstreams are not told. */
  acceptsTrailers?: boolean;
}

/** One request under way. A request whose body coding is `none` is sent whole by `open`. */
export interface UpstreamStream {
  /** Returns false when the upstream is slower: `onUpstreamDrain` follows. */
  write(data: Buffer): boolean;
  end(trailers: readonly string[]): void;
  /** After `onData` returned false. */
  resume(): void;
  /** The answer is no longer wanted. */
  abandon(): void;
}

/** Ends with exactly one of `onEnd`, `onUpgrade` and `onFailure`; nothing is called after it, or after `abandon`. */
export interface ResponseEvents {
  /** An interim response other than 100. */
  onInformation(head: ResponseHead): void;
  onHead(head: ResponseHead): void;
  /** Returns false to hold the upstream back until `resume` is called. */
  onData(data: Buffer): boolean;
  onEnd(trailers: readonly string[]): void;
  /** The connection is the caller's from here on; `rest` came behind the head. */
  onUpgrade(head: ResponseHead, socket: Duplex, rest: Buffer): void;
  /** `wasSent`: whether any of the request may have reached the upstream. */
  onFailure(error: Error, wasSent: boolean): void;
  /** The upstream reads again after `write` returned false. */
  onUpstreamDrain(): void;
}
