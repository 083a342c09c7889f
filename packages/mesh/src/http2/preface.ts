/**
 * Tells HTTP/2 with prior knowledge (RFC 9113 §3.3) from HTTP/1.1 by the first bytes of a connection. No method but PRI begins like
 * the preface, so the third byte decides for every HTTP/1.1 request.
 */

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** Undefined when more bytes are needed to tell. */
export function protocolOf(start: Buffer): 'http1' | 'http2' | undefined {
  const compared = Math.min(start.length, preface.length);
  if (!start.subarray(0, compared).equals(preface.subarray(0, compared))) return 'http1';
  return compared === preface.length ? 'http2' : undefined;
}
