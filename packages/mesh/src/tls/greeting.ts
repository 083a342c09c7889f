/**
 * The beginning of a connection, read until it is known whom the client wants: what it says before anything is encrypted.
 */
import type { Socket } from 'node:net';
import type { Deadlines, Expiring } from '../http/deadlines.ts';
import { ClientHelloError, readClientHello } from './client-hello.ts';

/** Breaks off what is no TLS, or says nothing for `waitMs`; what was read is given to `onName`, to be put back. */
export class Greeting implements Expiring {
  deadline: number;
  readonly #socket: Socket;
  readonly #stop: () => void;
  readonly #onName: (start: Buffer, serverName: string | undefined) => void;
  #start: Buffer = Buffer.alloc(0);

  constructor(
    socket: Socket,
    { deadlines, waitMs }: { deadlines: Deadlines; waitMs: number },
    onName: (start: Buffer, serverName: string | undefined) => void,
  ) {
    this.#socket = socket;
    this.#onName = onName;
    this.#stop = () => {
      deadlines.forget(this);
      socket.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#stop);
    };
    deadlines.watch(this);
    this.deadline = deadlines.now + waitMs;
    // What follows from it is in the close that comes after.
    socket.on('error', () => undefined);
    socket.on('data', this.#onData).once('end', this.#onEnd).once('close', this.#stop);
  }

  expire(): void {
    this.#socket.destroy();
  }

  readonly #onEnd = (): void => {
    this.#socket.destroy();
  };

  readonly #onData = (data: Buffer): void => {
    this.#start = this.#start.length === 0 ? data : Buffer.concat([this.#start, data]);
    try {
      const hello = readClientHello(this.#start);
      if (hello === undefined) return;
      this.#stop();
      this.#onName(this.#start, hello.serverName);
    } catch (error) {
      if (!(error instanceof ClientHelloError)) throw error;
      this.#stop();
      this.#socket.destroy();
    }
  };
}
