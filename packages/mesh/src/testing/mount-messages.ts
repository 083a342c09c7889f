/**
 * What the tests of both mounts tell their caller, and what it answers.
 */

export interface CallOptions {
  url: string;
  /** `fetch` unless said otherwise. */
  by?: 'fetch' | 'undici';
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  /** A body of this length, generated as it is taken. */
  bodyBytes?: number;
  form?: Record<string, string>;
  /** `abort` gives it up. */
  isAbortable?: boolean;
  /** How long to read nothing after the first piece of the response. */
  pauseMs?: number;
  /** False: only its length is of interest. */
  keepText?: boolean;
}

export interface CallResult {
  /** 0 when there was an error. */
  status: number;
  headers: Record<string, string>;
  text: string;
  sizeBytes: number;
  /** Shown by undici's `request` only. */
  trailers?: Record<string, string>;
  ms: number;
  error?: string;
}

export interface LoadResult {
  byStatus: Record<number, number>;
  errors: string[];
}

export interface ConnectionResult {
  /** All that came before the end. */
  text: string;
  error?: string;
}

export type Command =
  /** Connects, sends the text and its end, and reads what comes until the end. */
  | { kind: 'connect'; host: string; port: number; text: string }
  | { kind: 'call'; options: CallOptions }
  | { kind: 'calls'; each: CallOptions[] }
  /** Gives up every call that is abortable and under way. */
  | { kind: 'abort' }
  /** How many bytes of the latest generated body have been taken. */
  | { kind: 'generated' }
  /** Calls one after the other, `concurrency` at a time, until `stop`. */
  | { kind: 'load'; options: CallOptions; concurrency: number }
  | { kind: 'stop' };
