/**
 * undici's diagnostics channels for requests that undici itself never sees: what instruments `fetch` (OpenTelemetry, APM agents)
 * listens there, and writes its trace context into the request by `addHeader`.
 */
import { channel } from 'node:diagnostics_channel';
import type { MeshRequest } from './request.ts';
import { rawFields } from './response-side.ts';

const created = channel('undici:request:create');
const answered = channel('undici:request:headers');
const completed = channel('undici:request:trailers');
const failed = channel('undici:request:error');

/** The parts of undici's request object that are documented for subscribers. */
export class ObservedRequest {
  readonly origin: string;
  readonly method: string;
  readonly path: string;
  readonly headers: string[];
  completed = false;

  /** Undefined when nobody listens, which costs nothing. */
  static of(origin: string, { head }: MeshRequest): ObservedRequest | undefined {
    const isObserved = created.hasSubscribers || answered.hasSubscribers || completed.hasSubscribers || failed.hasSubscribers;
    return isObserved ? new ObservedRequest(origin, head) : undefined;
  }

  private constructor(origin: string, { method, target, fields }: MeshRequest['head']) {
    this.origin = origin;
    this.method = method;
    this.path = target;
    // The request's own list: what a subscriber adds is sent.
    this.headers = fields;
    created.publish({ request: this });
  }

  addHeader(name: string, value: string): this {
    this.headers.push(name, value);
    return this;
  }

  answered(status: number, fields: readonly string[], reason: string): void {
    if (!answered.hasSubscribers) return;
    answered.publish({ request: this, response: { statusCode: status, headers: rawFields(fields), statusText: reason } });
  }

  ended(trailers: readonly string[]): void {
    this.completed = true;
    if (completed.hasSubscribers) completed.publish({ request: this, trailers: rawFields(trailers) });
  }

  failed(error: unknown): void {
    if (failed.hasSubscribers) failed.publish({ request: this, error });
  }
}
