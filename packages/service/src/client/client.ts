/**
 * Calls to other services, as the caller sees them. The consumer declares what it reads from a response; the rest of
 * the response may change. Interfaces only; http-client.ts implements them.
 */
import type { ProblemBody } from '../http/problem.ts';
import type { ContractAnswer, ContractInput, HttpContract } from './contract.ts';

export type ClientOptions = {
  readonly baseUrl: string;
  /** For one attempt, from connecting to the last byte. Default 5000. */
  readonly timeoutMs?: number;
  /** Attempts including the first; only for calls that may be repeated (GET, PUT, DELETE, or with an idempotency key). Default 3. */
  readonly attempts?: number;
};

/** How one call is made, beside what it asks for. */
export type CallSettings = {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as `Idempotency-Key`; makes a POST repeatable. */
  readonly idempotencyKey?: string;
  /** Sent as a bearer token, for calls on behalf of the user. */
  readonly token?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
};

export interface Client {
  /** Makes the call that the contract describes. Rejects with a ClientError when there is no 2xx answer that fits its schema. */
  call<const Contract extends HttpContract>(
    contract: Contract,
    request: ContractInput<Contract> & CallSettings,
  ): Promise<ContractAnswer<Contract>>;
}

/**
 * `CLIENT_STATUS`: the other side answered with an error (`status`, and `problem` when it sent one).
 * `CLIENT_UNREACHABLE`: no connection; `CLIENT_TIMEOUT`: no answer in time, so the outcome is unknown;
 * `CLIENT_RESPONSE`: the answer does not fit the schema.
 */
export type ClientErrorCode = 'CLIENT_STATUS' | 'CLIENT_UNREACHABLE' | 'CLIENT_TIMEOUT' | 'CLIENT_RESPONSE';

export class ClientError extends Error {
  readonly code: ClientErrorCode;
  readonly service: string;
  /** Of the answer; absent when there was none. */
  readonly status: number | undefined;
  readonly problem: ProblemBody | undefined;

  constructor(
    code: ClientErrorCode,
    message: string,
    { service, status, problem, cause }: { service: string; status?: number; problem?: ProblemBody | undefined; cause?: unknown },
  ) {
    super(`${service}: ${message}`, cause === undefined ? undefined : { cause });
    this.name = 'ClientError';
    this.code = code;
    this.service = service;
    this.status = status;
    this.problem = problem;
  }
}
