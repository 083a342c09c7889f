/**
 * One HTTP/2 connection to an upstream, for as many requests at a time as the upstream allows.
 *
 *   connecting ──SETTINGS──► active ◄──► idle ──idleMs──► closing ──last stream──► closed
 *                              └────GOAWAY────────────────────┘
 *
 * While requests are under way the connection is pinged, so that an upstream that has vanished is noticed.
 */
import { connect, constants } from 'node:http2';
import type { ClientHttp2Session, ClientHttp2Stream, ClientSessionOptions as NodeOptions, Settings } from 'node:http2';
import type { Socket } from 'node:net';
import type { Deadlines, Expiring } from '../http/deadlines.ts';
import type { OutgoingRequest, ResponseEvents, UpstreamStream } from '../http/transport.ts';
import { ClientStream } from './client-stream.ts';

export interface ClientSessionOptions {
  /** The connection to speak on, which may still be connecting. */
  socket: Socket;
  scheme: 'http' | 'https';
  deadlines: Deadlines;
  connectMs: number;
  idleMs: number;
  /** It is connected, a request on it is over, or the upstream allows more: another may fit on it. */
  onRoom: () => void;
  /** It was wanted and could not be made. */
  onConnectFailed: (isTimeout: boolean) => void;
  onClose: () => void;
}

/** How many streams an upstream is taken to allow before it has said so (RFC 9113 §6.5.2 recommends no less). */
const assumedStreamLimit = 100;
const pingMs = 20_000;
const streamWindowBytes = 256 * 1024;
const connectionWindowBytes = 1024 * 1024;

const sessionOptions: NodeOptions & { strictSingleValueFields: boolean } = {
  settings: { enablePush: false, initialWindowSize: streamWindowBytes },
  // Repeated fields are the upstream's and the caller's business, as in HTTP/1.1.
  strictSingleValueFields: false,
};

export class ClientSession implements Expiring {
  deadline: number;
  /** Requests under way. */
  streams = 0;
  /** How many it has been given. */
  requests = 0;
  isConnected = false;
  readonly openedAt = performance.now();
  readonly #options: ClientSessionOptions;
  readonly #session: ClientHttp2Session;
  #streamLimit = assumedStreamLimit;
  #isClosing = false;
  #isPinging = false;
  /** The last stream that the upstream may have acted on, once it has said so (GOAWAY). */
  #lastProcessed = Infinity;

  constructor(options: ClientSessionOptions) {
    const { socket, scheme, deadlines, connectMs } = options;
    this.#options = options;
    this.#session = connect(`${scheme}://upstream`, { ...sessionOptions, createConnection: () => socket });
    this.#session.once('connect', () => {
      this.isConnected = true;
      this.#session.setLocalWindowSize(connectionWindowBytes);
      this.#rest();
      options.onRoom();
    });
    this.#session.on('remoteSettings', ({ maxConcurrentStreams }: Settings) => {
      this.#streamLimit = maxConcurrentStreams ?? Infinity;
      options.onRoom();
    });
    this.#session.on('goaway', (_code: number, lastStreamId: number) => {
      this.#isClosing = true;
      this.#lastProcessed = lastStreamId;
    });
    // What follows from it is in the close of the streams and of the session.
    this.#session.on('error', () => undefined);
    this.#session.once('close', () => {
      if (!this.isConnected && !this.#isClosing) options.onConnectFailed(false);
      this.#isClosing = true;
      deadlines.forget(this);
      options.onClose();
    });
    deadlines.watch(this);
    this.deadline = deadlines.now + connectMs;
  }

  /** Whether another request can begin at once, where no more than `limit` may be under way at a time. */
  hasRoom(limit = Infinity): boolean {
    const isOpen = !this.#isClosing && !this.#session.closed && !this.#session.destroyed;
    return isOpen && this.streams < Math.min(this.#streamLimit, limit);
  }

  open(request: OutgoingRequest, events: ResponseEvents): UpstreamStream {
    this.streams++;
    this.requests++;
    const stream = new ClientStream({
      session: this.#session,
      scheme: this.#options.scheme,
      request,
      events,
      mayHaveBeenProcessed: (failed) => this.#mayHaveProcessed(failed),
      onClose: () => {
        this.streams--;
        if (this.#isClosing) this.#closeIfIdle();
        this.#rest();
        this.#options.onRoom();
      },
    });
    this.#rest();
    return stream;
  }

  /** Lets the requests under way finish and takes no other. */
  close(): void {
    this.#isClosing = true;
    this.#closeIfIdle();
  }

  expire(): void {
    if (!this.isConnected) this.#giveUpConnecting();
    else if (this.streams === 0) this.close();
    else if (this.#isPinging) this.#lose(`no answer to a ping within ${pingMs} ms`);
    else this.#ping();
  }

  /** Not before: Node gives up a request that is not on the wire yet when its session is closed, without a word to anybody. */
  #closeIfIdle(): void {
    if (this.streams === 0 && !this.#session.closed) this.#session.close();
  }

  #giveUpConnecting(): void {
    const { connectMs, onConnectFailed } = this.#options;
    onConnectFailed(true);
    this.#lose(`no connection within ${connectMs} ms`);
  }

  #ping(): void {
    this.#isPinging = this.#session.ping(() => {
      this.#isPinging = false;
    });
    this.#rest();
  }

  #lose(reason: string): void {
    this.#isClosing = true;
    this.#session.destroy(new Error(reason), constants.NGHTTP2_CANCEL);
  }

  #mayHaveProcessed({ id, rstCode }: ClientHttp2Stream): boolean {
    if (!this.isConnected || rstCode === constants.NGHTTP2_REFUSED_STREAM) return false;
    return id !== undefined && id <= this.#lastProcessed;
  }

  #rest(): void {
    if (!this.isConnected) return;
    const { deadlines, idleMs } = this.#options;
    this.deadline = deadlines.now + (this.streams === 0 ? idleMs : pingMs);
  }
}
