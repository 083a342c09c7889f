/**
 * What has passed of a request body, kept so that a retry can begin again from the start, until it is too much to keep.
 */

/** Envoy keeps 1 MiB; the requests worth repeating are far smaller, and there may be thousands at a time. */
const limitBytes = 64 * 1024;

export class ReplayBuffer {
  /** In order, from the start of the body. */
  readonly pieces: Buffer[] = [];
  /** False once anything has been given up: the body cannot be sent again. */
  isComplete = true;
  #keptBytes = 0;

  keep(data: Buffer): void {
    if (!this.isComplete) return;
    this.#keptBytes += data.length;
    this.pieces.push(data);
  }

  /** To be called when all that is kept has been sent once: gives it up when it is too much. */
  trim(): void {
    if (this.#keptBytes <= limitBytes) return;
    this.isComplete = false;
    this.pieces.length = 0;
  }
}
