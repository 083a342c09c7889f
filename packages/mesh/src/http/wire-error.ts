/**
 * What a peer sent that is not HTTP/1.1 as RFC 9112 defines it. After one of these nothing more on the connection can be trusted:
 * answer, then close.
 */

/** Stable: clients see them in `x-hikyaku-reason`. */
export type WireErrorCode =
  | 'bad_request_line'
  | 'bad_status_line'
  | 'bad_version'
  | 'bad_field'
  | 'obsolete_folding'
  | 'bad_line_ending'
  | 'bad_host'
  | 'bad_content_length'
  | 'bad_transfer_encoding'
  | 'ambiguous_length'
  | 'bad_chunk'
  | 'head_too_large'
  | 'too_many_fields'
  | 'trailers_too_large'
  | 'bad_expectation'
  | 'timed_out'
  | 'incomplete';

export class WireError extends Error {
  readonly code: WireErrorCode;
  /** For a request: the status to refuse it with. A response with any of these is a 502. */
  readonly status: 400 | 408 | 417 | 431 | 505;

  constructor(code: WireErrorCode, message: string, status: WireError['status'] = 400) {
    super(message);
    this.name = 'WireError';
    this.code = code;
    this.status = status;
  }
}
