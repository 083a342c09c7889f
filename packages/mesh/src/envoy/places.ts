/**
 * Addresses in an Envoy bootstrap: all of them have to be this machine's.
 */
import type { FieldPath } from '@hikyaku/resources';
import type { EnvoyAddress } from './bootstrap.ts';
import type { RouteReport } from './routes.ts';

export interface Place {
  address: string;
  port: number;
}

/** hikyaku stays on this machine: `0.0.0.0` would let others in, and is served on 127.0.0.1 instead. */
export function placeOf(
  { socket_address: { address, port_value: port } }: EnvoyAddress,
  segments: FieldPath,
  report: RouteReport,
): Place | undefined {
  const at = [...segments, 'socket_address', 'address'];
  if (address === 'localhost' || /^127(\.\d{1,3}){3}$/.test(address))
    return { address: address === 'localhost' ? '127.0.0.1' : address, port };
  if (address === '::1') return { address, port };
  if (address === '0.0.0.0' || address === '::') {
    report.warn(at, `${address} means 127.0.0.1 here: hikyaku is reachable from this machine only`);
    return { address: '127.0.0.1', port };
  }
  report.error(at, `${address} is not on this machine; use 127.0.0.1`);
  return undefined;
}
