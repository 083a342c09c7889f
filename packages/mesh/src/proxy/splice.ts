/**
 * Two connections made one: bytes, back-pressure, half-close and failure pass from each to the other.
 */
import type { Duplex } from 'node:stream';
import { breakOff } from '../http/break-off.ts';

/** Both must allow half-open connections. `onClose` is called once, when both are closed. */
export function splice(a: Duplex, b: Duplex, onClose?: () => void): void {
  let open = 2;
  a.pipe(b);
  b.pipe(a);
  // Behind the pipes' own listeners, which stop reading what nobody takes any more.
  follow(a, b);
  follow(b, a);
  function follow(from: Duplex, to: Duplex): void {
    from.on('error', () => breakOff(to));
    from.once('close', () => {
      // Without an end before it, a close is a failure, and the other side must not take it for the end of the data.
      if (!from.readableEnded) breakOff(to);
      // What still comes is for nobody, but of a connection that is not read the end is never seen.
      else to.resume();
      if (--open === 0) onClose?.();
    });
  }
}
