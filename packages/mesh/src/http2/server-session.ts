/**
 * The server side of one HTTP/2 connection: every stream becomes an exchange. The frames are node:http2's business, and so are the
 * floods of them: resets (CVE-2023-44487), settings, pings and empty frames end the connection there.
 */
import { constants, performServerHandshake } from 'node:http2';
import type { IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream, ServerOptions } from 'node:http2';
import type { Socket } from 'node:net';
import { headLimitBytes } from '../http/head-reader.ts';
import type { Deadlines, Expiring } from '../http/deadlines.ts';
import type { ServerLimits } from '../http/server-connection.ts';
import { WireError } from '../http/wire-error.ts';
import { Http2Exchange } from './http2-exchange.ts';
import { requestHeadOf } from './request-head.ts';

export interface ServerSessionOptions {
  /** May hold bytes that have been read and put back. */
  socket: Socket;
  scheme: 'http' | 'https';
  limits: ServerLimits;
  deadlines: Deadlines;
  onExchange: (exchange: Http2Exchange) => void;
  /** What cannot be read as a request: answer it, the stream ends after that. */
  onMalformed: (error: WireError, stream: ServerHttp2Stream) => void;
  onClose: (session: ServerSession) => void;
}

/** What others get of one connection's memory by opening streams is bounded by node:http2 (10 MB a connection). */
const maxConcurrentStreams = 1024;
/** How much a client may send ahead of us, per stream and per connection: enough that loopback is not waiting for updates. */
const streamWindowBytes = 256 * 1024;
const connectionWindowBytes = 1024 * 1024;

const sessionOptions: ServerOptions & { strictSingleValueFields: boolean } = {
  settings: {
    maxConcurrentStreams,
    maxHeaderListSize: headLimitBytes,
    initialWindowSize: streamWindowBytes,
    enableConnectProtocol: true,
  },
  // Repeated fields are the upstream's business, as in HTTP/1.1.
  strictSingleValueFields: false,
};

export class ServerSession implements Expiring {
  deadline = Infinity;
  readonly #options: ServerSessionOptions;
  readonly #session: ServerHttp2Session;
  readonly #remoteAddress: string;
  #streams = 0;

  constructor(options: ServerSessionOptions) {
    const { socket, deadlines } = options;
    this.#options = options;
    this.#remoteAddress = socket.remoteAddress ?? 'unknown';
    this.#session = performServerHandshake(socket, sessionOptions);
    this.#session.setLocalWindowSize(connectionWindowBytes);
    this.#session.on('stream', this.#onStream);
    // What follows from it is in the close that comes after.
    this.#session.on('error', () => undefined);
    this.#session.once('close', () => {
      deadlines.forget(this);
      options.onClose(this);
    });
    deadlines.watch(this);
    this.#rest();
  }

  /** Lets the requests under way finish and takes no other (GOAWAY). */
  drain(): void {
    this.#session.close();
  }

  destroy(): void {
    this.#session.destroy(undefined, constants.NGHTTP2_CANCEL);
  }

  /** Idle for too long. */
  expire(): void {
    this.#session.close();
  }

  readonly #onStream = (stream: ServerHttp2Stream, _headers: IncomingHttpHeaders, flags: number, raw: string[]): void => {
    const { scheme, limits, deadlines, onExchange, onMalformed } = this.#options;
    this.deadline = Infinity;
    this.#streams++;
    stream.once('close', () => {
      if (--this.#streams === 0) this.#rest();
    });
    const isWhole = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    try {
      const head = requestHeadOf(raw, isWhole);
      const { bodyStallMs } = limits;
      onExchange(new Http2Exchange({ stream, head, scheme, remoteAddress: this.#remoteAddress, deadlines, bodyStallMs }));
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      stream.on('error', () => undefined);
      onMalformed(error, stream);
    }
  };

  #rest(): void {
    this.deadline = this.#options.deadlines.now + this.#options.limits.idleMs;
  }
}
