/**
 * Puts a message head together from the pieces a connection delivers, and no more of them than the limit allows.
 */
import { WireError } from './wire-error.ts';

export const headLimitBytes = 64 * 1024;

const nothing = Buffer.alloc(0);
const emptyLine = Buffer.from('\r\n\r\n');
// A CR or LF without the other. The very last CR may still get its LF.
const bareLineEnding = /\r(?!\n|$)|(?<!\r)\n/;

export class HeadReader {
  #pending: Buffer | undefined;
  #hasSkipped = false;

  /** Whether part of a head has arrived. */
  get isWithinHead(): boolean {
    return this.#pending !== undefined;
  }

  /**
   * The head with its empty line as latin1 text, and where in `input` the rest begins; undefined when more is needed. Throws a
   * WireError when what there is can no longer become a head.
   */
  push(input: Buffer): { text: string; rest: Buffer } | undefined {
    const bytes = this.#skipEmptyLine(this.#pending === undefined ? input : Buffer.concat([this.#pending, input]));
    // What came before can have held all but the last byte of the empty line.
    const from = Math.max(0, (this.#pending?.length ?? 0) - 3);
    const end = bytes.indexOf(emptyLine, from);
    if (end === -1) {
      this.#keep(bytes);
      return undefined;
    }
    if (end + 4 > headLimitBytes) throw tooLarge();
    this.#pending = undefined;
    this.#hasSkipped = false;
    return { text: bytes.toString('latin1', 0, end + 4), rest: end + 4 === bytes.length ? nothing : bytes.subarray(end + 4) };
  }

  #keep(bytes: Buffer): void {
    if (bytes.length > headLimitBytes) throw tooLarge();
    // Without this a head in bare LFs would never end, and its sender wait for the timeout.
    if (bareLineEnding.test(bytes.toString('latin1'))) throw new WireError('bad_line_ending', 'a line ends in a bare CR or LF');
    this.#pending = bytes.length === 0 ? undefined : bytes;
  }

  /** One empty line before a request is left over from the message before, from clients of old (RFC 9112 §2.2). */
  #skipEmptyLine(bytes: Buffer): Buffer {
    if (this.#hasSkipped || bytes[0] !== 0x0d || bytes[1] !== 0x0a) return bytes;
    this.#hasSkipped = true;
    return bytes.subarray(2);
  }
}

function tooLarge(): WireError {
  return new WireError('head_too_large', `the head is longer than ${headLimitBytes} bytes`, 431);
}
