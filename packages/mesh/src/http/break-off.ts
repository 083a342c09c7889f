/**
 * Ends a connection so that the other side cannot take it for an orderly end.
 */
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';

/** A plain end could pass for the end of a message without a length. TLS has an end of its own (close_notify), which is then missing. */
export function breakOff(connection: Duplex): void {
  if (connection instanceof Socket && !(connection instanceof TLSSocket) && !isEnding(connection)) connection.resetAndDestroy();
  else connection.destroy();
}

/**
 * Our end is on its way. libuv refuses to reset such a connection (EINVAL of `uv_tcp_close_reset`), and Node 24 then forgets it without closing
 * it: it would stay open for ever.
 */
function isEnding({ writableEnded, writableFinished }: Socket): boolean {
  return writableEnded && !writableFinished;
}
