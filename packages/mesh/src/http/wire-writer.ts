/**
 * Writes to a connection with as few system calls as the moment allows: small pieces written in one turn of the event loop (a head,
 * a short body, the last chunk) leave together.
 *
 * All connections with something to send are flushed one right after the other, when everything that had arrived has been worked on.
 * A write that wakes a sleeping peer costs as much as the rest of it; one that follows closely finds the peer awake.
 */
import type { Socket } from 'node:net';

/** Below this, copying into one piece is cheaper than handing the kernel two. */
const smallBytes = 4096;

/** Those with something to send. */
let waiting: WireWriter[] = [];

function flushAll(): void {
  const writers = waiting;
  waiting = [];
  for (const writer of writers) writer.flush();
}

export class WireWriter {
  readonly #socket: Socket;
  /** Latin1: one character per byte. What comes first waits as it is. */
  #text = '';
  #more: string[] = [];
  #isWaiting = false;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Whether the peer reads more slowly than we write: wait for the socket's `drain`. */
  get needsDrain(): boolean {
    return this.#socket.writableNeedDrain;
  }

  text(text: string): void {
    if (this.#text === '') this.#text = text;
    else this.#more.push(text);
    this.#scheduleFlush();
  }

  /** `onWritten` is called when the data is no longer needed; not in the order of the calls, and maybe before this returns. */
  bytes(data: Buffer, onWritten?: (data: Buffer) => void): void {
    if (data.length <= smallBytes) {
      this.text(data.toString('latin1'));
      onWritten?.(data);
      return;
    }
    this.#socket.cork();
    this.flush();
    this.#socket.write(data, onWritten && (() => onWritten(data)));
    this.#socket.uncork();
  }

  flush(): void {
    this.#isWaiting = false;
    if (this.#text === '' || this.#socket.destroyed) return;
    const text = this.#more.length === 0 ? this.#text : this.#text + this.#more.join('');
    this.#text = '';
    if (this.#more.length > 0) this.#more = [];
    this.#socket.write(text, 'latin1');
  }

  #scheduleFlush(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    waiting.push(this);
    if (waiting.length === 1) setImmediate(flushAll);
  }
}
