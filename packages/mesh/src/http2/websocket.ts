/**
 * What the WebSocket handshake has in HTTP/1.1 and not in HTTP/2 (RFC 8441 §5.1): a key and its echo.
 */
import { randomBytes } from 'node:crypto';

/** RFC 6455 §4.1. */
export function newWebSocketKey(): string {
  return randomBytes(16).toString('base64');
}

const handshakeFields = new Set(['connection', 'upgrade', 'sec-websocket-accept', 'sec-websocket-key']);

export function withoutHandshake(fields: readonly string[]): string[] {
  return fields.flatMap((name, index) =>
    index % 2 === 0 && !handshakeFields.has(name.toLowerCase()) ? [name, fields[index + 1] ?? ''] : [],
  );
}
