/**
 * A request that waits for a connection. What is written to it in the meantime is kept, and more is held back.
 */
import type { ClientConnection } from './client-connection.ts';
import type { OutgoingRequest, ResponseEvents, UpstreamStream } from './transport.ts';

export class WaitingStream implements UpstreamStream {
  readonly #request: OutgoingRequest;
  readonly #events: ResponseEvents;
  readonly #onLeave: () => void;
  #connection: ClientConnection | undefined;
  #kept: Buffer[] = [];
  #trailers: readonly string[] | undefined;

  /** `onLeave` is called when it is abandoned before it has a connection. */
  constructor(request: OutgoingRequest, events: ResponseEvents, onLeave: () => void) {
    this.#request = request;
    this.#events = events;
    this.#onLeave = onLeave;
  }

  /** Its wait is over. */
  assign(connection: ClientConnection): void {
    this.#connection = connection;
    connection.send(this.#request, this.#events);
    const kept = this.#kept.splice(0);
    let isFlowing = true;
    for (const data of kept) isFlowing = connection.write(data);
    if (this.#trailers !== undefined) connection.end(this.#trailers);
    else if (kept.length > 0 && isFlowing) this.#events.onUpstreamDrain();
  }

  write(data: Buffer): boolean {
    if (this.#connection !== undefined) return this.#connection.write(data);
    this.#kept.push(data);
    return false;
  }

  end(trailers: readonly string[]): void {
    if (this.#connection !== undefined) this.#connection.end(trailers);
    else this.#trailers = trailers;
  }

  resume(): void {
    this.#connection?.resume();
  }

  abandon(): void {
    if (this.#connection !== undefined) this.#connection.abandon();
    else this.#onLeave();
  }
}
