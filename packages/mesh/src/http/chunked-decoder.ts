/**
 * The chunked transfer coding (RFC 9112 §7.1), strictly: lines end in CRLF, sizes are hexadecimal digits and nothing else.
 *
 *   size ──;──► extension ──┐
 *    │ CR                   │ CR
 *    └──────► size-lf ◄─────┘
 *                │ LF, size > 0          │ LF, size = 0
 *                ▼                       ▼
 *              data ─► data-cr ─► data-lf ─► size      trailers ─► done
 */
import type { BodyDecoder } from './body-decoder.ts';
import { parseFields } from './fields.ts';
import { WireError } from './wire-error.ts';

type State = 'size' | 'extension' | 'size-lf' | 'data' | 'data-cr' | 'data-lf' | 'trailers' | 'done';

/** Enough for 2^52 bytes, so that sizes stay exact numbers. */
const maxSizeDigits = 13;
/** Of all chunks of one body together: no one uses extensions but to waste our time. */
const extensionLimitBytes = 16 * 1024;
const trailerLimitBytes = 16 * 1024;

// `;name`, `;name=token` or `;name="quoted"`, any number of them. The whitespace that RFC 9112 §7.1.1 calls bad is refused.
const extensions =
  /^(?:;[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?:=(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+|"(?:[\t !#-[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*"))?)*$/;

const CR = 0x0d;
const LF = 0x0a;
const semicolon = 0x3b;

export class ChunkedDecoder implements BodyDecoder {
  trailers: readonly string[] = [];
  #state: State = 'size';
  /** Of the chunk being read: its size so far, then what is left of it. */
  #leftBytes = 0;
  #sizeDigits = 0;
  /** Of the chunk being read, with its semicolons. */
  #extension = '';
  #extensionBytes = 0;
  #trailerText = '';

  get isDone(): boolean {
    return this.#state === 'done';
  }

  decode(input: Buffer, onData: (data: Buffer) => void): number {
    let position = 0;
    while (position < input.length && this.#state !== 'done') {
      if (this.#state === 'data') position = this.#takeData(input, position, onData);
      else if (this.#state === 'trailers') position = this.#takeTrailers(input, position);
      else this.#takeByte(input[position++] ?? 0);
    }
    return position;
  }

  end(): void {
    if (!this.isDone) throw new WireError('incomplete', 'the chunked body ends before its last chunk');
  }

  #takeData(input: Buffer, position: number, onData: (data: Buffer) => void): number {
    const end = Math.min(input.length, position + this.#leftBytes);
    this.#leftBytes -= end - position;
    if (this.#leftBytes === 0) this.#state = 'data-cr';
    onData(position === 0 && end === input.length ? input : input.subarray(position, end));
    return end;
  }

  #takeByte(byte: number): void {
    switch (this.#state) {
      case 'size':
        this.#takeSize(byte);
        break;
      case 'extension':
        this.#takeExtension(byte);
        break;
      case 'size-lf':
        expectByte(byte, LF);
        this.#state = this.#leftBytes > 0 ? 'data' : 'trailers';
        break;
      case 'data-cr':
        expectByte(byte, CR);
        this.#state = 'data-lf';
        break;
      case 'data-lf':
        expectByte(byte, LF);
        this.#state = 'size';
        this.#sizeDigits = 0;
        break;
      case 'data':
      case 'trailers':
      case 'done':
        throw new Error(`the state ${this.#state} takes no single bytes`);
    }
  }

  #takeSize(byte: number): void {
    const digit = hexDigit(byte);
    if (digit !== -1 && this.#sizeDigits < maxSizeDigits) {
      this.#leftBytes = this.#leftBytes * 16 + digit;
      this.#sizeDigits++;
      return;
    }
    if (this.#sizeDigits === 0 || (byte !== CR && byte !== semicolon)) throw badChunk('a chunk size is malformed');
    this.#state = byte === CR ? 'size-lf' : 'extension';
    if (byte === semicolon) this.#extension = ';';
  }

  #takeExtension(byte: number): void {
    if (byte !== CR) {
      this.#extension += String.fromCharCode(byte);
      if (++this.#extensionBytes > extensionLimitBytes)
        throw badChunk(`more than ${extensionLimitBytes} bytes of chunk extensions`);
      return;
    }
    if (!extensions.test(this.#extension)) throw badChunk('a chunk extension is malformed');
    this.#extension = '';
    this.#state = 'size-lf';
  }

  /** The trailer section ends with an empty line, which is its first when there are no trailers. */
  #takeTrailers(input: Buffer, position: number): number {
    const before = this.#trailerText.length;
    this.#trailerText += input.toString('latin1', position, Math.min(input.length, position + trailerLimitBytes + 4 - before));
    const isEmpty = this.#trailerText.startsWith('\r\n');
    const end = isEmpty ? 2 : this.#trailerText.indexOf('\r\n\r\n', Math.max(0, before - 3)) + 4;
    if (end === 3) {
      if (this.#trailerText.length > trailerLimitBytes)
        throw new WireError('trailers_too_large', `the trailers are longer than ${trailerLimitBytes} bytes`, 431);
      return input.length;
    }
    this.trailers = isEmpty ? [] : parseFields(this.#trailerText.slice(0, end), 0);
    this.#state = 'done';
    return position + end - before;
  }
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lowered = byte | 0x20;
  return lowered >= 0x61 && lowered <= 0x66 ? lowered - 0x57 : -1;
}

function expectByte(byte: number, expected: number): void {
  if (byte !== expected) throw badChunk('a chunk does not end where its size says');
}

function badChunk(message: string): WireError {
  return new WireError('bad_chunk', message);
}
