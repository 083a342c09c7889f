/**
 * Errors as RFC 9457 problem details. `problem()` makes one to throw; every error that leaves a service over HTTP,
 * whatever raised it, becomes one in error-handler.ts.
 */
import { STATUS_CODES } from 'node:http';

/** The JSON body, `application/problem+json`. */
export type ProblemBody = {
  /** A URI reference that identifies the kind of problem; `about:blank` when the status says it all. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  readonly [extension: string]: unknown;
};

export type ProblemOptions = {
  readonly type?: string;
  /** Default: the status code's reason phrase. */
  readonly title?: string;
  /** For the person who reads it: what was wrong with this request. Never internals. */
  readonly detail?: string;
  /** Response headers to send along, `Retry-After` for example. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Not sent; kept for the log. */
  readonly cause?: unknown;
  readonly [extension: string]: unknown;
};

/** A problem on its way to the caller. */
export class Problem extends Error {
  readonly code = 'SERVICE_PROBLEM';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ProblemBody;

  constructor(body: ProblemBody, { headers = {}, cause }: { headers?: Readonly<Record<string, string>>; cause?: unknown } = {}) {
    super(body.detail ?? body.title, cause === undefined ? undefined : { cause });
    this.name = 'Problem';
    this.status = body.status;
    this.headers = headers;
    this.body = body;
  }
}

/** A problem to throw from a route or anything it calls. Further options become extension members. */
export function problem(
  status: number,
  { type = 'about:blank', title, detail, headers, cause, ...extensions }: ProblemOptions = {},
): Problem {
  const body = {
    type,
    title: title ?? STATUS_CODES[status] ?? 'Error',
    status,
    ...(detail === undefined ? {} : { detail }),
    ...extensions,
  };
  return new Problem(body, { ...(headers ? { headers } : {}), cause });
}
