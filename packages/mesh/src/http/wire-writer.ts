/**
 * Writes to a connection with as few system calls as the moment allows: small pieces written in one turn of the event loop (a head,
 * a short body, the last chunk) leave together.
 */
import type { Socket } from 'node:net';

/** Below this, copying into one piece is cheaper than handing the kernel two. */
const smallBytes = 4096;

export class WireWriter {
  readonly #socket: Socket;
  /** Latin1: one character per byte. */
  #text = '';
  #isFlushScheduled = false;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Whether the peer reads more slowly than we write: wait for the socket's `drain`. */
  get needsDrain(): boolean {
    return this.#socket.writableNeedDrain;
  }

  text(text: string): void {
    this.#text += text;
    this.#scheduleFlush();
  }

  bytes(data: Buffer): void {
    if (data.length <= smallBytes) {
      this.text(data.toString('latin1'));
      return;
    }
    this.#socket.cork();
    this.flush();
    this.#socket.write(data);
    this.#socket.uncork();
  }

  flush(): void {
    if (this.#text === '' || this.#socket.destroyed) return;
    const text = this.#text;
    this.#text = '';
    this.#socket.write(text, 'latin1');
  }

  #scheduleFlush(): void {
    if (this.#isFlushScheduled) return;
    this.#isFlushScheduled = true;
    queueMicrotask(() => {
      this.#isFlushScheduled = false;
      this.flush();
    });
  }
}
