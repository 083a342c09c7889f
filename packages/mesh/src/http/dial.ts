/**
 * How a transport comes to a connection: it is given a way to make one and need not know where it leads, nor whether it is encrypted.
 */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { ConnectionPoolPolicy } from '../snapshot/cluster-policies.ts';

/** A connection, and how it is read. */
export interface ReadSocket {
  /** For everything but reading. */
  readonly socket: Socket;
  /** Is given what arrives. Undefined: it is read from the socket, like any other stream. */
  onData: ((data: Buffer) => void) | undefined;
}

/** Read as a stream: what is encrypted is not where it could be read from directly. */
export class StreamedSocket implements ReadSocket {
  readonly socket: Socket;
  #onData: ((data: Buffer) => void) | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
  }

  get onData(): ((data: Buffer) => void) | undefined {
    return this.#onData;
  }

  set onData(onData: ((data: Buffer) => void) | undefined) {
    if (this.#onData !== undefined) this.socket.off('data', this.#onData);
    if (onData !== undefined) this.socket.on('data', onData);
    this.#onData = onData;
  }
}

/** What tells that something can be sent: encrypted connections are not there before both sides have agreed. */
export function readyEvent(socket: Socket): 'connect' | 'secureConnect' {
  return socket instanceof TLSSocket ? 'secureConnect' : 'connect';
}

/** What the policy leaves out is Node's: probes each second, ten of them. */
export function keepAlive(
  socket: Socket,
  { timeMs, intervalMs, probes }: NonNullable<ConnectionPoolPolicy['tcpKeepalive']>,
): void {
  socket.setKeepAlive({
    enable: true,
    ...(timeMs !== undefined && { initialDelay: timeMs }),
    ...(intervalMs !== undefined && { interval: intervalMs }),
    ...(probes !== undefined && { count: probes }),
  });
}
