/**
 * A request that is over before it began: the transport could not take it.
 */
import { OverflowError } from '../resilience/pool.ts';
import type { ConnectionPoolPolicy } from '../snapshot/cluster-policies.ts';
import type { ResponseEvents, UpstreamStream } from './transport.ts';

/** Fails in the next turn: nothing may be called back before `open` returns. */
export function refusedStream(events: ResponseEvents, error: Error): UpstreamStream {
  let isWanted = true;
  queueMicrotask(() => {
    if (isWanted) events.onFailure(error, false);
  });
  return {
    write: () => true,
    end: () => undefined,
    resume: () => undefined,
    abandon: () => {
      isWanted = false;
    },
  };
}

/** More requests would wait for a connection than may. */
export function overflow({ maxConnections, maxPendingRequests = 0 }: ConnectionPoolPolicy): OverflowError {
  const connections = maxConnections === undefined ? '' : `${maxConnections} connections and `;
  return new OverflowError(`${connections}${maxPendingRequests} waiting requests are its limit`);
}
