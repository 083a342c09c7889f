/**
 * Takes a message body out of the bytes of a connection, by each of the framings.
 */
import type { BodyDecoder } from './body-decoder.ts';
import { ChunkedDecoder } from './chunked-decoder.ts';
import type { Framing } from './framing.ts';
import { WireError } from './wire-error.ts';

export function bodyDecoder(framing: Framing): BodyDecoder {
  switch (framing.kind) {
    case 'none':
      return nothing;
    case 'length':
      return new LengthDecoder(framing.lengthBytes);
    case 'chunked':
      return new ChunkedDecoder();
    case 'until-close':
      return new UntilCloseDecoder();
  }
}

class LengthDecoder implements BodyDecoder {
  readonly trailers: readonly string[] = [];
  #leftBytes: number;

  constructor(lengthBytes: number) {
    this.#leftBytes = lengthBytes;
  }

  get isDone(): boolean {
    return this.#leftBytes === 0;
  }

  decode(input: Buffer, onData: (data: Buffer) => void): number {
    const used = Math.min(input.length, this.#leftBytes);
    this.#leftBytes -= used;
    if (used > 0) onData(used === input.length ? input : input.subarray(0, used));
    return used;
  }

  end(): void {
    if (!this.isDone) throw new WireError('incomplete', `the body ends ${this.#leftBytes} bytes short of its Content-Length`);
  }
}

/** Nothing changes in it, so that all messages without a body share it. */
const nothing = new LengthDecoder(0);

class UntilCloseDecoder implements BodyDecoder {
  readonly trailers: readonly string[] = [];
  isDone = false;

  decode(input: Buffer, onData: (data: Buffer) => void): number {
    if (input.length > 0) onData(input);
    return input.length;
  }

  end(): void {
    this.isDone = true;
  }
}
