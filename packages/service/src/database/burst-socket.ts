/**
 * A socket that sends all that is written to it in one turn of the event loop as one piece. A statement is several messages, and several statements may
 * be on their way at once: sent one by one they would each wake the server, and the proxy in between.
 */
import { Socket } from 'node:net';

export class BurstSocket extends Socket {
  #isHeld = false;

  /** The driver corks around the messages of each statement; here the first of a turn holds the others back, too. */
  override cork(): void {
    super.cork();
    if (this.#isHeld) return;
    this.#isHeld = true;
    super.cork();
    process.nextTick(() => {
      this.#isHeld = false;
      super.uncork();
    });
  }
}
