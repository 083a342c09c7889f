/**
 * Lines of UTF-8 text out of the pieces they arrive in.
 */
import { StringDecoder } from 'node:string_decoder';

export class LineReader {
  readonly #decoder = new StringDecoder('utf8');
  /** Of the line that is not complete: joined once it is, however many pieces it has. */
  #pieces: string[] = [];

  /** The lines that are complete with this piece, without their ends. */
  push(data: Buffer): string[] {
    const [first = '', ...others] = this.#decoder.write(data).split('\n');
    this.#pieces.push(first);
    const last = others.pop();
    if (last === undefined) return [];
    const complete = [this.#pieces.join(''), ...others];
    this.#pieces = [last];
    return complete;
  }
}
