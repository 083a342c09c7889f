/**
 * A connection that is read without a stream in between: what arrives is read into one buffer that all such connections share, copied out
 * of it and handed to whoever takes it. Of a Socket read in the ordinary way each read allocates 64 KiB, and long bodies leave tens of
 * megabytes of them before the collector hears of it.
 *
 * Long pieces are copied into buffers that are lent: who has written one, and knows that nobody else holds it, may give it back (`giveBack`). One that
 * is not given back is ordinary garbage.
 */
import { connect, Socket } from 'node:net';
import type { SocketConstructorOpts, TcpNetConnectOpts } from 'node:net';
import { StreamedSocket } from './dial.ts';
import type { ReadSocket } from './dial.ts';

/** As much as one read takes, Node's own size. */
const readBytes = 64 * 1024;
/** Above this a piece has a buffer of its own; up to it, `Buffer` cuts them from common ones. */
const smallBytes = 4096;
/** Buffers of one size that are kept. */
const keptPerSize = 16;

const shared = Buffer.allocUnsafeSlow(readBytes);

/** Where each lent buffer belongs, and how much of it was filled. */
const lent = new WeakMap<ArrayBufferLike, { home: Buffer[]; whole: Buffer; filledBytes: number }>();
/** Free ones by the logarithm of their size. */
const free = Array.from({ length: Math.log2(readBytes) + 1 }, (): Buffer[] => []);

type OnRead = NonNullable<SocketConstructorOpts['onread']>;

export class DirectSocket implements ReadSocket {
  readonly socket: Socket;
  onData: ((data: Buffer) => void) | undefined;

  constructor(open: (onread: OnRead) => Socket) {
    this.socket = open({ buffer: shared, callback: (bytes) => this.#take(bytes) });
  }

  /** Returns false to be given no more until the stream is read. */
  #take(bytes: number): boolean {
    const data = copyOut(bytes);
    if (this.onData === undefined) return this.socket.push(data);
    this.onData(data);
    return true;
  }
}

/** Begins to connect. */
export function connectDirect(options: TcpNetConnectOpts): DirectSocket {
  return new DirectSocket((onread) => connect({ ...options, onread }));
}

/**
 * A connection that a server has just accepted, with `pauseOnConnect` and `allowHalfOpen`. `net.Server` takes no `onread`, so another Socket takes over what
 * the system gave to the one that the server made; that one, and the server, know of the connection no more. Where Node keeps it in another
 * place than it does today, the connection is read as a stream.
 */
export function acceptDirect(accepted: Socket): ReadSocket {
  const handle = takeHandle(accepted);
  if (handle === undefined) return new StreamedSocket(accepted.resume());
  accepted.destroy();
  return new DirectSocket((onread) => new Socket({ handle, allowHalfOpen: true, onread } as SocketConstructorOpts));
}

function takeHandle(socket: object): object | undefined {
  if (!('_handle' in socket) || typeof socket._handle !== 'object' || socket._handle === null) return undefined;
  const handle = socket._handle;
  Object.assign(socket, { _handle: null });
  return handle;
}

/** Nobody but the caller may hold any part of the buffer. Does nothing for buffers that were not lent, or not as a whole. */
export function giveBack(data: Buffer): void {
  const loan = lent.get(data.buffer);
  if (loan?.filledBytes !== data.length) return;
  lent.delete(data.buffer);
  if (loan.home.length < keptPerSize) loan.home.push(loan.whole);
}

function copyOut(bytes: number): Buffer {
  const copy = bytes > smallBytes ? lend(bytes) : Buffer.allocUnsafe(bytes);
  shared.copy(copy, 0, 0, bytes);
  return copy;
}

function lend(bytes: number): Buffer {
  const sizeLog = 32 - Math.clz32(bytes - 1);
  const home = free[sizeLog] ?? [];
  const whole = home.pop() ?? Buffer.allocUnsafeSlow(2 ** sizeLog);
  lent.set(whole.buffer, { home, whole, filledBytes: bytes });
  return bytes === whole.length ? whole : whole.subarray(0, bytes);
}
