/**
 * How the endpoints of a cluster are reached: the one place that knows which protocols there are.
 */
import { connectTimeoutMs, Http1Transport } from '../http/http1-transport.ts';
import type { Http1TransportOptions } from '../http/http1-transport.ts';
import type { Transport } from '../http/transport.ts';
import { Http2Transport } from '../http2/http2-transport.ts';
import type { Cluster } from '../snapshot/snapshot.ts';

export function transportFor(protocol: Cluster['protocol'], options: Http1TransportOptions): Transport {
  if (protocol !== 'http2') return new Http1Transport(options);
  const { pool, ...others } = options;
  const { connectTimeoutMs: connectMs = connectTimeoutMs, idleTimeoutMs } = pool.policy;
  return new Http2Transport({ ...others, connectMs, ...(idleTimeoutMs !== undefined && { idleMs: idleTimeoutMs }) });
}
