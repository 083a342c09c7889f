/**
 * What others may ask of a request on its way: balancers, whom it is for and by what it is hashed; the retry policy, whether it may be repeated.
 */
import type { BalancedRequest } from '../balance/balancer.ts';
import { combinedField, hasField } from '../http/fields.ts';
import type { Exchange } from '../http/exchange.ts';
import type { OutgoingRequest } from '../http/transport.ts';
import type { RequestTraits } from '../resilience/retry.ts';
import { parseAuthority } from '../routing/authority.ts';
import type { RetryPolicy } from '../snapshot/snapshot.ts';

export class AskedRequest implements BalancedRequest, RequestTraits {
  affinity: string | undefined;
  /** Given to the caller by the balancer. */
  cookie: string | undefined;
  readonly #exchange: Exchange;
  readonly #request: OutgoingRequest;
  readonly #retry: RetryPolicy;

  constructor(exchange: Exchange, request: OutgoingRequest, retry: RetryPolicy) {
    this.#exchange = exchange;
    this.#request = request;
    this.#retry = retry;
  }

  get remoteAddress(): string {
    return this.#exchange.remoteAddress;
  }

  get host(): string | undefined {
    return parseAuthority(combinedField(this.#request.fields, 'host') ?? '')?.host;
  }

  get mayLeaveLocality(): boolean {
    return this.#retry.mayLeaveLocality === true;
  }

  header(name: string): string | undefined {
    return combinedField(this.#exchange.head.fields, name);
  }

  query(name: string): string | undefined {
    const { target } = this.#exchange.head;
    const start = target.indexOf('?');
    return start === -1 ? undefined : (new URLSearchParams(target.slice(start)).get(name) ?? undefined);
  }

  setCookie(field: string): void {
    this.cookie = field;
  }

  get method(): string {
    return this.#exchange.head.method;
  }

  get hasIdempotencyKey(): boolean {
    return hasField(this.#exchange.head.fields, 'idempotency-key');
  }

  /** As the route sends it: a rule may set it, and nobody outside the mesh may. */
  get retriableStatusCodes(): string | undefined {
    return combinedField(this.#request.fields, 'x-envoy-retriable-status-codes');
  }
}
