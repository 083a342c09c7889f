/**
 * Puts a message head together from the pieces a connection delivers, and no more of them than the limit allows.
 */
import { WireError } from './wire-error.ts';

export const headLimitBytes = 64 * 1024;

const usualBytes = 2048;

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
    const text = this.#headOf(bytes);
    if (text === undefined) {
      this.#keep(bytes);
      return undefined;
    }
    if (text.length > headLimitBytes) throw tooLarge();
    this.#pending = undefined;
    this.#hasSkipped = false;
    return { text, rest: text.length === bytes.length ? nothing : bytes.subarray(text.length) };
  }

  /** With its empty line. One byte is one character. */
  #headOf(bytes: Buffer): string | undefined {
    if (this.#pending === undefined) {
      // Most heads are short and come whole: looked through as the text that they are going to be.
      const start = bytes.toString('latin1', 0, Math.min(bytes.length, usualBytes));
      const end = start.indexOf('\r\n\r\n');
      if (end !== -1) return start.slice(0, end + 4);
    }
    // What came before can have held all but the last byte of the empty line.
    const from = Math.max(0, (this.#pending?.length ?? 0) - 3);
    const end = bytes.indexOf(emptyLine, from);
    return end === -1 ? undefined : bytes.toString('latin1', 0, end + 4);
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
