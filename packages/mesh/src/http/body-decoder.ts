/**
 * What decoders of message bodies have in common; the decoders themselves are in `decode-body.ts` and `chunked-decoder.ts`. Data is
 * handed on as it comes, as views of the input: nothing is copied or held.
 */

export interface BodyDecoder {
  /** True once the whole body has been seen. */
  readonly isDone: boolean;
  /** Trailer fields, known when done; only chunked bodies have them. */
  readonly trailers: readonly string[];
  /**
   * Calls `onData` for each piece of the body in `input` and returns how many bytes of it were used: less than all only when the
   * body is done, and then the rest belongs to the next message. Throws a WireError when the body is malformed.
   */
  decode(input: Buffer, onData: (data: Buffer) => void): number;
  /** To be called when the connection ends. Throws a WireError when the body is incomplete. */
  end(): void;
}
