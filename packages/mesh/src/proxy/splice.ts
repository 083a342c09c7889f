/**
 * Two connections made one: bytes, back-pressure, half-close and failure pass from each to the other.
 */
import type { Duplex } from 'node:stream';
import { breakOff } from '../http/break-off.ts';

/** Both must allow half-open connections. `onClose` is called once, when both are closed. */
export function splice(a: Duplex, b: Duplex, onClose?: () => void): void {
  let open = 2;
  carry(a, b);
  carry(b, a);
  function carry(from: Duplex, to: Duplex): void {
    from.pipe(to);
    from.on('error', () => breakOff(to));
    from.once('close', () => {
      // Without an end before it, a close is a failure, and the other side must not take it for the end of the data.
      if (!from.readableEnded) breakOff(to);
      if (--open === 0) onClose?.();
    });
  }
}
