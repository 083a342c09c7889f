/**
 * What an access log can say of a request that is over.
 */
import type { RequestHead } from '../../http/request-head.ts';

export interface LogEntry {
  readonly head: RequestHead;
  readonly status: number;
  readonly flags: number;
  readonly reason: string | undefined;
  readonly detail: string | undefined;
  readonly route: string | undefined;
  readonly cluster: string | undefined;
  readonly upstream: { readonly address: string; readonly port: number } | undefined;
  readonly attempts: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly responseFields: readonly string[];
  readonly grpcStatus: number | undefined;
  readonly requestId: string | undefined;
  readonly remoteAddress: string;
  readonly hop: { readonly traceId?: string; readonly spanId?: string } | undefined;
  readonly durationMs: number;
  /** From the arrival of the request to the head of the response; undefined when there was none. */
  readonly responseMs: number | undefined;
  /** On the wall clock. */
  readonly startedAt: Date;
}
