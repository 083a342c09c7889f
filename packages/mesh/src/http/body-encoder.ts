/**
 * Puts a message body on the wire, by the framing its head announced. The counterpart of `decode-body.ts`.
 */
import { formatFields } from './fields.ts';
import type { WireWriter } from './wire-writer.ts';

/** `raw`: the bytes alone, delimited by a Content-Length or by the end of the connection. */
export type BodyCoding = 'none' | 'raw' | 'chunked';

/** `onWritten` as of `WireWriter.bytes`. */
export function writeBody(writer: WireWriter, coding: BodyCoding, data: Buffer, onWritten?: (data: Buffer) => void): void {
  // An empty chunk would be the last one.
  if (data.length === 0 || coding === 'none') return;
  if (coding === 'chunked') writer.text(`${data.length.toString(16)}\r\n`);
  writer.bytes(data, onWritten);
  if (coding === 'chunked') writer.text('\r\n');
}

export function endBody(writer: WireWriter, coding: BodyCoding, trailers: readonly string[]): void {
  if (coding === 'chunked') writer.text(`0\r\n${formatFields(trailers)}\r\n`);
}
