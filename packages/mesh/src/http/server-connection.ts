/**
 * The server side of one HTTP/1.1 connection: requests in, one after the other, responses out in the same order.
 *
 *   idle ──bytes──► head ──empty line──► body ──► responding ──► idle
 *                                          └ the response may be complete before the body is: what is left of it is discarded
 *
 * A client that closes its side, even by half, while its request is under way is taken to have left: most that do will never
 * read the answer, and upstream work for nobody is the greater harm.
 */
import type { Socket } from 'node:net';
import { breakOff } from './break-off.ts';
import type { Deadlines, Expiring } from './deadlines.ts';
import type { ReadSocket } from './dial.ts';
import { HeadReader } from './head-reader.ts';
import { parseRequestHead } from './request-head.ts';
import { ServerExchange } from './server-exchange.ts';
import type { ExchangeConnection } from './server-exchange.ts';
import { WireError } from './wire-error.ts';
import { WireWriter } from './wire-writer.ts';

export interface ServerLimits {
  /** From the first byte of a head to its end. */
  headMs: number;
  /** How long a connection may stand still in the middle of a body. */
  bodyStallMs: number;
  /** Between requests. */
  idleMs: number;
}

export interface ServerConnectionOptions {
  direct: ReadSocket;
  /** `https` when the socket is the inner side of TLS. */
  scheme: 'http' | 'https';
  limits: ServerLimits;
  deadlines: Deadlines;
  onExchange: (exchange: ServerExchange) => void;
  /** What cannot be read as a request: answer it on the writer, the connection ends after that. */
  onMalformed: (error: WireError, writer: WireWriter) => void;
  onClose: (connection: ServerConnection) => void;
}

/** Requests sent ahead of their turn are kept up to here; then the client has to wait. */
const readAheadBytes = 64 * 1024;

export class ServerConnection implements ExchangeConnection, Expiring {
  readonly writer: WireWriter;
  deadline = Infinity;
  readonly #options: ServerConnectionOptions;
  readonly #direct: ReadSocket;
  readonly #socket: Socket;
  readonly #reader = new HeadReader();
  #exchange: ServerExchange | undefined;
  /** Read, but not its turn yet. */
  #ahead: Buffer | undefined;
  #isProcessing = false;
  /** The sink has asked to wait. */
  #isSinkFull = false;
  /** The last response has been written; what still comes in is thrown away until the client closes. */
  #isLingering = false;
  #isDraining = false;
  #isDetached = false;

  constructor(options: ServerConnectionOptions) {
    const { direct, deadlines, limits } = options;
    const { socket } = direct;
    this.#options = options;
    this.#direct = direct;
    this.#socket = socket;
    this.writer = new WireWriter(socket);
    deadlines.watch(this);
    this.deadline = deadlines.now + limits.headMs;
    direct.onData = this.#onData;
    socket.on('end', this.#onEnd);
    socket.on('drain', this.#onDrain);
    socket.on('error', this.#onError);
    socket.once('close', this.#onClose);
  }

  /** Lets the request under way finish and takes no other. */
  drain(): void {
    this.#isDraining = true;
    if (this.#exchange === undefined) this.#close();
    else this.#exchange.isPersistent = false;
  }

  destroy(): void {
    breakOff(this.#socket);
  }

  /** To be called with what was read of the connection before this took it over. */
  receive(data: Buffer): void {
    this.#onData(data);
  }

  expire(): void {
    const isIdle = this.#exchange === undefined && !this.#reader.isWithinHead;
    if (isIdle || this.#isLingering) this.#socket.destroy();
    else this.#refuse(new WireError('timed_out', 'the request stood still for too long', 408));
  }

  get scheme(): 'http' | 'https' {
    return this.#options.scheme;
  }

  get remoteAddress(): string {
    return this.#socket.remoteAddress ?? 'unknown';
  }

  /** Gives the connection away, with what has been read of what follows. It is not touched here any more. */
  detach(): { socket: Socket; rest: Buffer } {
    const rest = this.#takeAhead() ?? Buffer.alloc(0);
    this.writer.flush();
    this.#direct.onData = undefined;
    this.#socket.off('end', this.#onEnd).off('drain', this.#onDrain).off('error', this.#onError);
    this.#options.deadlines.forget(this);
    this.#isDetached = true;
    this.#socket.pause();
    return { socket: this.#socket, rest };
  }

  continueReading(): void {
    this.#isSinkFull = false;
    if (this.#isProcessing) return;
    const ahead = this.#takeAhead();
    if (ahead !== undefined) this.#process(ahead);
    else this.#adjustReading();
  }

  finish(): void {
    const exchange = this.#exchange;
    if (exchange === undefined) return;
    if (!exchange.isPersistent || this.#isDraining) {
      this.#close();
      return;
    }
    exchange.isDiscarding = true;
    this.#isSinkFull = false;
    if (exchange.decoder.isDone) this.#next();
    this.continueReading();
  }

  readonly #onData = (data: Buffer): void => {
    if (!this.#isLingering) this.#process(data);
  };

  /** Everything that can be done with these bytes now. What cannot is kept for its turn. */
  #process(data: Buffer): void {
    this.#isProcessing = true;
    try {
      let rest: Buffer | undefined = data;
      while (rest !== undefined && rest.length > 0 && !this.#isLingering)
        rest = this.#exchange === undefined ? this.#takeHead(rest) : this.#takeBody(this.#exchange, rest);
    } catch (error) {
      this.#refuse(error);
    } finally {
      this.#isProcessing = false;
    }
    this.#adjustReading();
  }

  /** Reads when there is somewhere to put it. A client is not late while it is us who do not read. */
  #adjustReading(): void {
    if (this.#isDetached) return;
    const isHeld = !this.#isLingering && (this.#isSinkFull || (this.#ahead?.length ?? 0) > readAheadBytes);
    if (isHeld === this.#socket.isPaused()) return;
    if (isHeld) this.#socket.pause();
    else this.#socket.resume();
    const exchange = this.#exchange;
    if (exchange === undefined || exchange.decoder.isDone) return;
    this.deadline = isHeld ? Infinity : this.#options.deadlines.now + this.#options.limits.bodyStallMs;
  }

  #takeHead(data: Buffer): Buffer | undefined {
    const { deadlines, limits } = this.#options;
    const wasWithinHead = this.#reader.isWithinHead;
    const head = this.#reader.push(data);
    if (head === undefined) {
      if (!wasWithinHead) this.deadline = deadlines.now + limits.headMs;
      return undefined;
    }
    const exchange = new ServerExchange(parseRequestHead(head.text), this);
    if (this.#isDraining) exchange.isPersistent = false;
    this.#exchange = exchange;
    this.deadline = exchange.decoder.isDone ? Infinity : deadlines.now + limits.bodyStallMs;
    // Kept first: a handler that takes the connection over must find it.
    this.#ahead = head.rest.length > 0 ? head.rest : undefined;
    this.#options.onExchange(exchange);
    return this.#takeAhead();
  }

  #takeBody(exchange: ServerExchange, data: Buffer): Buffer | undefined {
    if (!exchange.takesBody()) {
      this.#keepAhead(data);
      return undefined;
    }
    this.deadline = this.#options.deadlines.now + this.#options.limits.bodyStallMs;
    const used = exchange.decoder.decode(data, (part) => {
      if (!exchange.isDiscarding && exchange.sink?.onBodyData(part) === false) this.#isSinkFull = true;
    });
    if (exchange.decoder.isDone) {
      this.deadline = Infinity;
      if (exchange.isDiscarding) this.#next();
      else exchange.sink?.onBodyEnd(exchange.decoder.trailers);
    }
    return data.subarray(used);
  }

  #keepAhead(data: Buffer): void {
    this.#ahead = this.#ahead === undefined ? data : Buffer.concat([this.#ahead, data]);
  }

  #takeAhead(): Buffer | undefined {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    return ahead;
  }

  #next(): void {
    this.#exchange = undefined;
    this.deadline = this.#options.deadlines.now + this.#options.limits.idleMs;
  }

  #refuse(error: unknown): void {
    if (!(error instanceof WireError)) throw error;
    const exchange = this.#exchange;
    if (exchange === undefined || (!exchange.hasResponseBegun && !exchange.isOver)) {
      this.#options.onMalformed(error, this.writer);
      if (exchange !== undefined) {
        exchange.isOver = true;
        exchange.events?.onGone();
      }
      this.#close();
    } else {
      this.#socket.destroy();
    }
  }

  /**
   * Ends our side and waits for the client to end its own: closing with unread data resets the connection, and the reset
   * overtakes the response (RFC 9112 §9.6).
   */
  #close(): void {
    this.#isLingering = true;
    this.#ahead = undefined;
    this.writer.flush();
    this.#socket.end();
    this.#socket.resume();
    this.deadline = this.#options.deadlines.now + this.#options.limits.headMs;
  }

  readonly #onEnd = (): void => {
    if (this.#isLingering || this.#exchange === undefined) this.#socket.end();
    else this.#socket.destroy();
  };

  readonly #onDrain = (): void => this.#exchange?.events?.onClientDrain();

  readonly #onError = (): void => {
    this.#socket.destroy();
  };

  readonly #onClose = (): void => {
    this.#options.deadlines.forget(this);
    this.#options.onClose(this);
    const exchange = this.#exchange;
    if (exchange === undefined || exchange.isOver) return;
    exchange.isOver = true;
    exchange.events?.onGone();
  };
}
