/**
 * How the endpoints of a cluster are reached: the one place that knows which protocols there are.
 */
import { Http1Transport } from '../http/http1-transport.ts';
import type { Http1TransportOptions } from '../http/http1-transport.ts';
import type { Transport } from '../http/transport.ts';
import { Http2Transport } from '../http2/http2-transport.ts';
import type { Cluster } from '../snapshot/snapshot.ts';

export function transportFor({ protocol }: Pick<Cluster, 'protocol'>, options: Http1TransportOptions): Transport {
  return protocol === 'http2' ? new Http2Transport(options) : new Http1Transport(options);
}
