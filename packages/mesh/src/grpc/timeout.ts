/**
 * `grpc-timeout`: how long the caller of a gRPC method is going to wait.
 */
import { combinedField } from '../http/fields.ts';
import { isGrpc } from './status.ts';

const unitsMs: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };

/**
 * The limit for a request where its route allows `routeMs` (undefined: any time). As in Istio, a gRPC caller's own limit takes the
 * place of the route's where it is shorter.
 */
export function requestTimeoutMs(fields: readonly string[], routeMs: number | undefined): number | undefined {
  const written = combinedField(fields, 'grpc-timeout');
  if (written === undefined || !isGrpc(fields)) return routeMs;
  const [, amount, unit = ''] = /^(\d{1,8})([HMSmun])$/.exec(written) ?? [];
  if (amount === undefined) return routeMs;
  // A timer knows whole milliseconds, up to 2^31 of them.
  const ownMs = Math.min(Math.ceil(Number(amount) * (unitsMs[unit] ?? 1)), 2 ** 31 - 1);
  return routeMs === undefined ? ownMs : Math.min(ownMs, routeMs);
}
