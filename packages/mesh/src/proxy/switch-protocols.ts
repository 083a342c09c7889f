/**
 * An upstream has switched to the protocol that the client asked for (RFC 9110 §7.8): from here on the two connections are one.
 */
import type { Duplex } from 'node:stream';
import type { Exchange } from '../http/exchange.ts';
import { combinedField } from '../http/fields.ts';
import type { ResponseHead } from '../http/response-head.ts';
import { splice } from './splice.ts';

export interface SwitchedUpstream {
  head: ResponseHead;
  socket: Duplex;
  /** Came behind the head. */
  rest: Buffer;
}

/** Returns false, and the upstream's connection is gone, when nobody asked for it. `onClose` is called when both are closed. */
export function switchProtocols(
  exchange: Exchange,
  fields: readonly string[],
  { head, socket, rest }: SwitchedUpstream,
  onClose: () => void,
): boolean {
  const { upgrade } = exchange.head;
  const isWanted = upgrade === combinedField(head.fields, 'upgrade')?.toLowerCase();
  const client = isWanted ? exchange.upgrade([...fields, 'Connection', 'Upgrade', 'Upgrade', upgrade ?? '']) : undefined;
  if (client === undefined) {
    socket.destroy();
    return false;
  }
  if (rest.length > 0) socket.unshift(rest);
  if (client.rest.length > 0) client.socket.unshift(client.rest);
  splice(client.socket, socket, onClose);
  return true;
}
