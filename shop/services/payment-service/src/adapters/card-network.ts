/**
 * Waits for a card network only so long. What is given up on may still take effect there; `application/charging.ts` knows how to live
 * with that.
 */
import { type CardNetwork, NetworkTimeout } from '../application/charging.ts';

export function withTimeout(network: CardNetwork, timeoutMs: number): CardNetwork {
  return {
    book: (booking) => within(timeoutMs, network.book(booking)),
    reverse: (key) => within(timeoutMs, network.reverse(key)),
  };
}

/** Throws `NetworkTimeout`. */
async function within<T>(timeoutMs: number, answer: Promise<T>): Promise<T> {
  const { promise: timeout, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new NetworkTimeout(timeoutMs)), timeoutMs);
  try {
    return await Promise.race([answer, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
