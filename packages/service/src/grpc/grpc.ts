/**
 * Calls by gRPC as both sides see them. The contract is a `.proto` file; `proto-loader-gen-types` makes the types from it, and the same
 * file is read when the first call is made. Interfaces and errors only; server.ts and client.ts implement them. Unary calls only.
 */
import type { status } from '@grpc/grpc-js';

/** `NOT_FOUND`, `UNAVAILABLE`, …: https://grpc.io/docs/guides/status-codes/ */
export type GrpcStatus = keyof typeof status;

/** Where a service is described. `Definition` is the generated type, such as `StockServiceDefinition`. */
export type GrpcContract<Definition> = {
  readonly proto: URL;
  /** Fully qualified: `shop.stock.v1.StockService`. */
  readonly service: string;
  /** For the compiler only; never set. */
  readonly definition?: Definition;
};

/** The generated types have an index signature beside the methods. */
type MethodNames<Definition> = keyof {
  [Name in keyof Definition as string extends Name ? never : number extends Name ? never : Name]: unknown;
} &
  string;
type RequestSent<Method> = Method extends { requestSerialize: (value: infer Request) => Buffer } ? Request : never;
type RequestRead<Method> = Method extends { requestDeserialize: (bytes: Buffer) => infer Request } ? Request : never;
type ResponseSent<Method> = Method extends { responseSerialize: (value: infer Response) => Buffer } ? Response : never;
type ResponseRead<Method> = Method extends { responseDeserialize: (bytes: Buffer) => infer Response } ? Response : never;

export type GrpcCallContext = {
  /** Aborted when the caller has gone or its deadline has passed. */
  readonly signal: AbortSignal;
};

/** What answers each method. Throw a `GrpcError` to refuse; anything else is `INTERNAL`, and stays in the log. */
export type GrpcHandlers<Definition> = {
  readonly [Name in MethodNames<Definition>]: (
    request: RequestRead<Definition[Name]>,
    context: GrpcCallContext,
  ) => Promise<ResponseSent<Definition[Name]>>;
};

export type GrpcCallOptions = {
  /** The deadline, from now. Default: the client's. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
};

export interface GrpcClient<Definition> {
  /** `stock.call('Reserve', { … })`. Rejects with a `GrpcError`. */
  call<Name extends MethodNames<Definition>>(
    method: Name,
    request: RequestSent<Definition[Name]>,
    options?: GrpcCallOptions,
  ): Promise<ResponseRead<Definition[Name]>>;
}

export type GrpcClientOptions = {
  /** `host:port`. */
  readonly address: string;
  /** For one call, retries included. Default 5000. */
  readonly timeoutMs?: number;
  /** Attempts on `UNAVAILABLE`, the first included. Every method must then be safe to repeat. Default 1. */
  readonly attempts?: number;
};

export type GrpcErrorOptions = {
  /** A stable word for programs, `out_of_stock`. */
  readonly reason?: string;
  /** What goes with the reason. Strings only. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
};

/**
 * A call that was refused (thrown by a handler) or that failed (thrown by a client). Reason and metadata travel as google.rpc.ErrorInfo:
 * https://cloud.google.com/apis/design/errors#error_model
 */
export class GrpcError extends Error {
  readonly code = 'SERVICE_GRPC';
  readonly status: GrpcStatus;
  readonly reason: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;

  constructor(status: GrpcStatus, message: string, { reason, metadata = {}, cause }: GrpcErrorOptions = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'GrpcError';
    this.status = status;
    this.reason = reason;
    this.metadata = metadata;
  }
}
