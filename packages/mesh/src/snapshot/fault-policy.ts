/**
 * The `fault` of a VirtualService rule. A fault without a percentage is never injected: that is Istio's rule, and easily missed, so
 * it is said.
 */
import { parseDurationMs } from '@hikyaku/resources';
import type { HttpRule } from '@hikyaku/resources';
import type { FaultPolicy } from './route-policies.ts';

type WrittenFault = NonNullable<HttpRule['fault']>;
type Warn = (message: string) => void;

export function compileFault(written: WrittenFault | undefined, warn: Warn): FaultPolicy | undefined {
  const delay = compileDelay(written?.delay, warn);
  const abort = compileAbort(written?.abort, warn);
  return delay === undefined && abort === undefined ? undefined : { ...(delay && { delay }), ...(abort && { abort }) };
}

function compileDelay(written: WrittenFault['delay'], warn: Warn): FaultPolicy['delay'] {
  if (written === undefined) return undefined;
  if (written.percent !== undefined) warn('fault.delay.percent is deprecated, percentage.value is its name now');
  const percent = percentOf(written.percentage?.value ?? written.percent);
  if (percent === undefined) warn('fault.delay has no percentage, so no request is delayed');
  const durationMs = parseDurationMs(written.fixedDelay ?? '0s');
  return percent === undefined || percent === 0 || durationMs === 0 ? undefined : { durationMs, percent };
}

function compileAbort(written: WrittenFault['abort'], warn: Warn): FaultPolicy['abort'] {
  if (written === undefined) return undefined;
  const percent = percentOf(written.percentage?.value);
  if (percent === undefined) warn('fault.abort has no percentage, so no request is aborted');
  if (percent === undefined || percent === 0) return undefined;
  if (written.grpcStatus !== undefined) {
    const grpcStatus = grpcStatusOf(written.grpcStatus);
    if (grpcStatus !== undefined) return { status: httpStatusOf[grpcStatus] ?? 500, grpcStatus, percent };
    warn(`fault.abort.grpcStatus ${JSON.stringify(written.grpcStatus)} is no gRPC status, so no request is aborted`);
  }
  return written.httpStatus === undefined ? undefined : { status: written.httpStatus, percent };
}

/** Held to 0 … 100; undefined where nothing is said. */
export function percentOf(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.min(100, Math.max(0, value));
}

/** In the order of their numbers (https://grpc.io/docs/guides/status-codes/). */
const grpcStatuses = [
  'OK', 'CANCELLED', 'UNKNOWN', 'INVALID_ARGUMENT', 'DEADLINE_EXCEEDED', 'NOT_FOUND', 'ALREADY_EXISTS', 'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED', 'FAILED_PRECONDITION', 'ABORTED', 'OUT_OF_RANGE', 'UNIMPLEMENTED', 'INTERNAL', 'UNAVAILABLE', 'DATA_LOSS',
  'UNAUTHENTICATED',
]; // prettier-ignore

/** Envoy's: what a call that is not gRPC is told, by the number of the gRPC status. */
const httpStatusOf = [200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401];

function grpcStatusOf(name: string): number | undefined {
  const number = grpcStatuses.indexOf(name.toUpperCase());
  return number === -1 ? undefined : number;
}
