/**
 * What can go wrong with a call, as one error type that pages show to people: the service's own words (RFC 9457
 * problem+json) where it gave some, else a reason of ours that i18n has words for.
 */
import { type Decoder, list, optional, record, text } from './decode.ts';

/** Where no service has spoken: nobody answered, nobody answered in time, or the answer was not what was agreed. */
export type CallFailure = 'offline' | 'timeout' | 'unexpected-answer';

export interface FieldProblem {
  /** JSON pointer as a URI fragment, e.g. `#/items/0/quantity`. */
  pointer: string | undefined;
  detail: string;
}

/** RFC 9457, as far as a person can use it. */
export interface Problem {
  /** A URN that says what is wrong, for programs: `urn:shop:problem:expired_card`. */
  type?: string | undefined;
  title?: string | undefined;
  detail?: string | undefined;
  errors?: FieldProblem[] | undefined;
}

export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** The HTTP status, or 0 when there was no answer. */
  readonly status: number;
  /** Set when the error is not the service's own. */
  readonly failure: CallFailure | undefined;
  readonly problem: Problem;

  constructor(status: number, options: { failure?: CallFailure; problem?: Problem; cause?: unknown }) {
    const { failure, problem = {}, cause } = options;
    super(problem.detail ?? problem.title ?? failure ?? `HTTP ${status}`, { cause });
    this.status = status;
    this.failure = failure;
    this.problem = problem;
  }

  /** The stable code of what is wrong, such as `expired_card`; undefined when the service gave none. */
  get code(): string | undefined {
    return /^urn:shop:problem:(\w+)$/.exec(this.problem.type ?? '')?.[1];
  }

  /** The work may have been done or not: only the same request again, with the same Idempotency-Key, can tell. */
  get outcomeIsUnknown(): boolean {
    return this.failure !== undefined || this.status >= 500 || this.status === 409 || this.status === 429;
  }
}

const problemBody: Decoder<Problem> = record<Problem>({
  type: optional(text),
  title: optional(text),
  detail: optional(text),
  errors: optional(list(record<FieldProblem>({ pointer: optional(text), detail: text }))),
});

/** The error for an answer that is not 2xx. A body that is not a problem (a proxy's page, say) is ignored. */
export async function errorFromResponse(response: Response): Promise<ApiError> {
  try {
    return new ApiError(response.status, { problem: problemBody(await response.json(), '') });
  } catch (cause) {
    return new ApiError(response.status, { cause });
  }
}
