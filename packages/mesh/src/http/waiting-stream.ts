/**
 * A request that waits for a connection. What is written to it in the meantime is kept, and more is held back.
 */
import type { OutgoingRequest, ResponseEvents, Transport, UpstreamStream } from './transport.ts';

export class WaitingStream implements UpstreamStream {
  readonly #request: OutgoingRequest;
  readonly #events: ResponseEvents;
  readonly #onLeave: () => void;
  #stream: UpstreamStream | undefined;
  #kept: Buffer[] = [];
  #trailers: readonly string[] | undefined;

  /** `onLeave` is called when it is abandoned before it has a connection. */
  constructor(request: OutgoingRequest, events: ResponseEvents, onLeave: () => void) {
    this.#request = request;
    this.#events = events;
    this.#onLeave = onLeave;
  }

  /** Its wait is over. */
  begin(open: Transport['open']): void {
    const stream = open(this.#request, this.#events);
    this.#stream = stream;
    const kept = this.#kept.splice(0);
    let isFlowing = true;
    for (const data of kept) isFlowing = stream.write(data);
    if (this.#trailers !== undefined) stream.end(this.#trailers);
    else if (kept.length > 0 && isFlowing) this.#events.onUpstreamDrain();
  }

  write(data: Buffer): boolean {
    if (this.#stream !== undefined) return this.#stream.write(data);
    this.#kept.push(data);
    return false;
  }

  end(trailers: readonly string[]): void {
    if (this.#stream !== undefined) this.#stream.end(trailers);
    else this.#trailers = trailers;
  }

  resume(): void {
    this.#stream?.resume();
  }

  abandon(): void {
    if (this.#stream !== undefined) this.#stream.abandon();
    else this.#onLeave();
  }
}
