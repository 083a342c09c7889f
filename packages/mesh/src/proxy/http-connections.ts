/**
 * The connections on which HTTP is spoken to us, whatever version and wherever they were accepted.
 */
import type { Socket } from 'node:net';
import type { Deadlines, Expiring } from '../http/deadlines.ts';
import { StreamedSocket } from '../http/dial.ts';
import type { ReadSocket } from '../http/dial.ts';
import type { Exchange } from '../http/exchange.ts';
import { ServerConnection } from '../http/server-connection.ts';
import type { ServerLimits } from '../http/server-connection.ts';
import { protocolOf } from '../http2/preface.ts';
import { ServerSession } from '../http2/server-session.ts';
import { refuse, refuseStream } from './answers.ts';

export interface HttpConnectionsOptions {
  deadlines: Deadlines;
  limits: ServerLimits;
  onExchange: (exchange: Exchange) => void;
}

/** What differs between connections of one port. */
export interface Served {
  scheme: 'http' | 'https';
  /** In place of the common one. */
  onExchange?: (exchange: Exchange) => void;
}

interface Open {
  /** Lets requests under way finish and takes no other. */
  drain(): void;
  destroy(): void;
}

export class HttpConnections {
  readonly #options: HttpConnectionsOptions;
  readonly #open = new Set<Open>();

  constructor(options: HttpConnectionsOptions) {
    this.#options = options;
  }

  /** Serves the version that the client turns out to speak. */
  serveAny(direct: ReadSocket): void {
    const { socket } = direct;
    const detecting = new Detecting(direct, this.#options, (protocol, start) => {
      this.#open.delete(detecting);
      if (protocol === 'http2') {
        socket.unshift(start);
        this.serveHttp2(socket, { scheme: 'http' });
      } else if (protocol === 'http1') {
        this.#serveHttp1(direct, { scheme: 'http' }).receive(start);
      }
    });
    this.#open.add(detecting);
  }

  serveHttp1(socket: Socket, served: Served): void {
    this.#serveHttp1(new StreamedSocket(socket), served);
  }

  serveHttp2(socket: Socket, served: Served): void {
    const onClose = (closed: ServerSession) => this.#open.delete(closed);
    this.#open.add(new ServerSession({ ...this.#options, ...served, socket, onMalformed: refuseStream, onClose }));
  }

  #serveHttp1(direct: ReadSocket, served: Served): ServerConnection {
    const onClose = (closed: ServerConnection) => this.#open.delete(closed);
    const connection = new ServerConnection({ ...this.#options, ...served, direct, onMalformed: refuse, onClose });
    this.#open.add(connection);
    return connection;
  }

  /** Every connection ends when its requests under way are done, or, broken off, when `destroy` is called. */
  drain(): void {
    for (const open of this.#open) open.drain();
  }

  destroy(): void {
    for (const open of this.#open) open.destroy();
  }
}

/** A connection of which too little has been read to tell. */
class Detecting implements Open, Expiring {
  deadline: number;
  readonly #direct: ReadSocket;
  readonly #socket: Socket;
  readonly #deadlines: Deadlines;
  readonly #onDetected: (protocol: 'http1' | 'http2' | undefined, start: Buffer) => void;
  #start: Buffer | undefined;

  /** `onDetected` is called with undefined when the connection closed before it could be told. */
  constructor(
    direct: ReadSocket,
    { deadlines, limits }: HttpConnectionsOptions,
    onDetected: (protocol: 'http1' | 'http2' | undefined, start: Buffer) => void,
  ) {
    const { socket } = direct;
    this.#direct = direct;
    this.#socket = socket;
    this.#deadlines = deadlines;
    this.#onDetected = onDetected;
    deadlines.watch(this);
    this.deadline = deadlines.now + limits.headMs;
    direct.onData = this.#onData;
    socket.on('end', this.#onEnd).on('error', this.#onEnd);
    socket.once('close', this.#onClose);
  }

  drain(): void {
    this.#socket.destroy();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  expire(): void {
    if (this.#start === undefined) this.#socket.destroy();
    // The beginning of a preface that never went on: HTTP/1.1's own limits answer it.
    else this.#decide('http1', this.#start);
  }

  readonly #onData = (data: Buffer): void => {
    const start = this.#start === undefined ? data : Buffer.concat([this.#start, data]);
    this.#start = start;
    const protocol = protocolOf(start);
    if (protocol !== undefined) this.#decide(protocol, start);
  };

  readonly #onEnd = (): void => {
    this.#socket.destroy();
  };

  readonly #onClose = (): void => {
    this.#decide(undefined, Buffer.alloc(0));
  };

  #decide(protocol: 'http1' | 'http2' | undefined, start: Buffer): void {
    this.#deadlines.forget(this);
    this.#direct.onData = undefined;
    this.#socket.off('end', this.#onEnd).off('error', this.#onEnd).off('close', this.#onClose);
    this.#onDetected(protocol, start);
  }
}
