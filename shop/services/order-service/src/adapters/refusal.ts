/**
 * Tells a "no" of another service from "not now". A saga repeats its calls, and only what may change is worth repeating.
 */
import { ClientError, GrpcError, type GrpcStatus, SagaAbort } from '@hikyaku/service';

const TYPE_PREFIX = 'urn:shop:problem:';
/** gRPC's final answers; with any other the call may be tried again. */
const refusals: ReadonlySet<GrpcStatus> = new Set(['FAILED_PRECONDITION', 'INVALID_ARGUMENT', 'NOT_FOUND', 'PERMISSION_DENIED']);
/** Client errors that ask the caller to come again: Request Timeout, Too Early, Too Many Requests. */
const passing: ReadonlySet<number> = new Set([408, 425, 429]);

/**
 * Passes an error on, as a `SagaAbort` when asking again would get the same answer. Its reason is that of the refusal, over HTTP the
 * last word of the problem's type, `out_of_stock` for `urn:shop:problem:out_of_stock`; `rejected` when the other side gave none.
 */
export function refuseForGood(error: unknown): never {
  if (!isForGood(error)) throw error;
  throw new SagaAbort((error instanceof GrpcError ? error.reason : reasonIn(error)) ?? 'rejected', { cause: error });
}

export function isForGood(error: unknown): error is GrpcError | ClientError {
  return error instanceof GrpcError ? refusals.has(error.status) : error instanceof ClientError && isFinal(error.status);
}

function reasonIn({ problem }: ClientError): string | undefined {
  return problem?.type.startsWith(TYPE_PREFIX) ? problem.type.slice(TYPE_PREFIX.length) : undefined;
}

function isFinal(status: number | undefined): boolean {
  return status !== undefined && status >= 400 && status < 500 && !passing.has(status);
}
