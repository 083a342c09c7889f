/**
 * Carries one request to an upstream and the answer back, in the order a request meets it: the route's timeout, the choice of an
 * endpoint, the attempt with its own timeout, the decision to try again, the way back.
 *
 * Works by calls in both directions instead of promises, because the head and the first data of a response arrive in one piece and
 * must leave in one.
 */
import type { Duplex } from 'node:stream';
import type { BodySink, Exchange, ExchangeEvents } from '../http/exchange.ts';
import type { ResponseHead } from '../http/response-head.ts';
import type { OutgoingRequest, ResponseEvents, UpstreamStream } from '../http/transport.ts';
import { OverflowError } from '../resilience/pool.ts';
import type { AttemptResult } from '../resilience/retry.ts';
import type { ForwardDecision } from '../routing/decision.ts';
import type { HeaderChanges } from '../snapshot/route-policies.ts';
import { answer } from './answers.ts';
import type { Answer } from './answers.ts';
import { AskedRequest } from './asked-request.ts';
import type { AdmitsCopy, EndpointLimit } from './filter.ts';
import { failureAnswer, noEndpointAnswer, overflowAnswer, timeoutAnswer } from './failures.ts';
import { downstreamFields, forwardedTrailers } from './headers.ts';
import { startCopies } from './mirror.ts';
import type { Copies } from './mirror.ts';
import { noteAttempt, noteFlag } from './notes.ts';
import { attempted, leftMs, outgoingRequest, withCallersLimit } from './outgoing-request.ts';
import type { RequestToForward } from './outgoing-request.ts';
import { ReplayBuffer } from './replay-buffer.ts';
import { responseFields } from './response-fields.ts';
import { Retries } from './retries.ts';
import { switchProtocols } from './switch-protocols.ts';
import type { Upstream } from './upstream.ts';
import type { Upstreams } from './upstreams.ts';

export interface ForwardOptions extends RequestToForward {
  upstreams: Upstreams;
  endpointLimit?: EndpointLimit | undefined;
  admitsCopy?: AdmitsCopy | undefined;
}

/** The only thing to do with it is to start it. */
export function forward(options: ForwardOptions): void {
  new Forwarding(options).start();
}

class Forwarding implements ExchangeEvents, BodySink, ResponseEvents {
  readonly #exchange: Exchange;
  readonly #decision: ForwardDecision;
  readonly #upstreams: Upstreams;
  readonly #request: OutgoingRequest;
  readonly #asking: AskedRequest;
  readonly #retries: Retries;
  readonly #sent = new ReplayBuffer();
  readonly #copies: Copies | undefined;
  #bodyTrailers: readonly string[] | undefined;
  /** By the latest attempt. */
  #asked: Upstream | undefined;
  readonly #endpointLimit: EndpointLimit | undefined;
  /** What the endpoint of the attempt under way says of its limit. */
  #limitTold: HeaderChanges | undefined;
  /** The attempt under way. */
  #upstream: Upstream | undefined;
  /** When it began; known where response times are kept. */
  #attemptedAt = 0;
  #stream: UpstreamStream | undefined;
  /** Known where the route has a timeout. */
  #startedMs = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Ends the attempt under way, or begins the next. */
  #attemptTimer: NodeJS.Timeout | undefined;

  constructor(options: ForwardOptions) {
    const { exchange, decision, upstreams } = options;
    this.#exchange = exchange;
    this.#decision = withCallersLimit(decision, exchange.head.fields);
    this.#upstreams = upstreams;
    this.#endpointLimit = options.endpointLimit;
    this.#request = outgoingRequest(options);
    this.#asking = new AskedRequest(exchange, this.#request, decision.retry);
    this.#retries = new Retries(upstreams, decision);
    const { policies: { mirrors } = {}, timeoutMs } = decision;
    const { admitsCopy: admits } = options;
    if (mirrors !== undefined) this.#copies = startCopies({ mirrors, request: this.#request, upstreams, admits, timeoutMs });
  }

  start(): void {
    this.#exchange.events = this;
    const { timeoutMs } = this.#decision;
    if (timeoutMs !== undefined) {
      this.#startedMs = performance.now();
      this.#timer = setTimeout(() => this.#expire(), timeoutMs);
    }
    this.#attempt();
    if (this.#exchange.hasBody) this.#exchange.readBody(this);
  }

  // The client's side.

  onBodyData(data: Buffer): boolean {
    this.#sent.keep(data);
    this.#copies?.onBodyData(data);
    // Between two attempts nobody takes it, and the client is held back; the next attempt begins with all that is kept.
    if (this.#stream === undefined) return false;
    this.#sent.trim();
    return this.#stream.write(data);
  }

  onBodyEnd(trailers: readonly string[]): void {
    this.#bodyTrailers = forwardedTrailers(trailers);
    this.#copies?.onBodyEnd(this.#bodyTrailers);
    this.#stream?.end(this.#bodyTrailers);
  }

  onClientDrain(): void {
    this.#stream?.resume();
  }

  onGone(): void {
    clearTimeout(this.#timer);
    this.#abandonCopies();
    this.#abandon();
  }

  // The upstream's side.

  onUpstreamDrain(): void {
    this.#exchange.resumeBody();
  }

  onInformation(head: ResponseHead): void {
    this.#exchange.inform(head.status, head.reason, downstreamFields(head));
  }

  onHead(head: ResponseHead): void {
    clearTimeout(this.#attemptTimer);
    this.#upstream?.answered(head.status, this.#attemptedAt);
    if (this.#mayRetry({ kind: 'answered', status: head.status, fields: head.fields })) {
      this.#abandon();
      this.#retry();
      return;
    }
    const { kind } = head.framing;
    const body = kind === 'none' ? 'none' : kind === 'length' ? 'length' : 'unknown-length';
    this.#exchange.begin({ status: head.status, reason: head.reason, fields: this.#responseFields(head), body });
  }

  onData(data: Buffer): boolean {
    return this.#exchange.write(data);
  }

  onEnd(trailers: readonly string[]): void {
    clearTimeout(this.#timer);
    this.#abandonCopies();
    this.#settle();
    this.#exchange.end(trailers.length === 0 ? trailers : forwardedTrailers(trailers));
  }

  onUpgrade(head: ResponseHead, socket: Duplex, rest: Buffer): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#attemptTimer);
    this.#upstream?.answered(head.status, this.#attemptedAt);
    this.#retries.end();
    this.#stream = undefined;
    const switched = { head, socket, rest };
    if (!switchProtocols(this.#exchange, this.#responseFields(head), switched, () => this.#settle()))
      this.onFailure(new Error('switched to a protocol nobody asked for'), true);
  }

  onFailure(error: Error, wasSent: boolean): void {
    const upstream = this.#upstream;
    const isOverflow = error instanceof OverflowError;
    if (!isOverflow) upstream?.failed(wasSent ? 'reset' : 'connect', this.#attemptedAt);
    this.#settle();
    if (this.#exchange.hasResponseBegun) {
      clearTimeout(this.#timer);
      noteFlag(this.#exchange, 'UC');
      this.#exchange.destroy();
    } else if (isOverflow) {
      this.#fail(overflowAnswer(this.#decision, error.message));
    } else if (this.#mayRetry({ kind: wasSent ? 'no-answer' : 'never-sent' })) {
      this.#retry();
    } else {
      this.#fail(failureAnswer(this.#decision, upstream, { error, wasSent }));
    }
  }

  // Attempts.

  #attempt(): void {
    if (this.#exchange.isOver) return;
    const { cluster, retry } = this.#decision;
    // Another endpoint if there is one; the only one may have recovered.
    const upstream =
      this.#upstreams.pick(cluster, this.#asking, this.#retries.except) ?? this.#upstreams.pick(cluster, this.#asking);
    if (upstream === undefined) {
      this.#upstreams.count(cluster, 'noneOpen');
      this.#fail(noEndpointAnswer(this.#decision, this.#upstreams.cluster(cluster), this.#upstreams.closed(cluster)));
      return;
    }
    const verdict = this.#endpointLimit?.(upstream);
    if (verdict?.kind === 'refused') {
      this.#refuse(upstream, verdict.answer);
      return;
    }
    this.#limitTold = verdict?.changes;
    if (!upstream.begin()) {
      const { maxRequests } = this.#upstreams.cluster(cluster)?.connectionPool ?? {};
      this.#fail(overflowAnswer(this.#decision, `${maxRequests} requests in flight are its limit`));
      return;
    }
    this.#upstream = upstream;
    this.#asked = upstream;
    if (upstream.isMeasured) this.#attemptedAt = performance.now();
    noteAttempt(this.#exchange, upstream);
    const stream = upstream.open(
      attempted(this.#request, this.#retries.count + 1, leftMs(this.#decision, this.#startedMs)),
      this,
    );
    this.#stream = stream;
    for (const piece of this.#sent.pieces) stream.write(piece);
    this.#sent.trim();
    if (this.#bodyTrailers !== undefined) stream.end(this.#bodyTrailers);
    else if (this.#retries.count > 0) this.#exchange.resumeBody();
    if (retry.perTryTimeoutMs !== undefined) this.#attemptTimer = setTimeout(() => this.#expireAttempt(), retry.perTryTimeoutMs);
  }

  /** In the endpoint's place. */
  #refuse(upstream: Upstream, given: Answer): void {
    this.#asked = upstream;
    noteAttempt(this.#exchange, upstream);
    const { status, fields = [] } = given;
    if (this.#mayRetry({ kind: 'answered', status, fields })) this.#retry();
    else this.#fail(given);
  }

  #mayRetry(result: AttemptResult): boolean {
    this.#retries.end();
    return this.#sent.isComplete && !this.#exchange.isOver && this.#retries.may(result, this.#asking);
  }

  #retry(): void {
    this.#attemptTimer = setTimeout(() => this.#attempt(), this.#retries.begin(this.#asked));
  }

  #expire(): void {
    if (!this.#exchange.hasResponseBegun) {
      this.#upstream?.failed('timeout', this.#attemptedAt);
      this.#upstreams.count(this.#decision.cluster, 'timeouts');
    }
    this.#abandon();
    if (this.#exchange.hasResponseBegun) {
      noteFlag(this.#exchange, 'UT');
      this.#exchange.destroy();
    } else {
      this.#fail(timeoutAnswer(this.#decision, this.#decision.timeoutMs));
    }
  }

  #expireAttempt(): void {
    this.#upstream?.failed('timeout', this.#attemptedAt);
    this.#upstreams.count(this.#decision.cluster, 'attemptTimeouts');
    this.#abandon();
    if (this.#mayRetry({ kind: 'timed-out' })) this.#retry();
    else this.#fail(timeoutAnswer(this.#decision, this.#decision.retry.perTryTimeoutMs));
  }

  #fail(given: Answer): void {
    clearTimeout(this.#timer);
    if (this.#retries.count > 0) noteFlag(this.#exchange, 'URX');
    this.#abandonCopies();
    answer(this.#exchange, given, this.#decision.responseHeaders);
  }

  /** Copies of a request that nobody reads to its end would wait for the rest of it. */
  #abandonCopies(): void {
    if (this.#request.body !== 'none' && this.#bodyTrailers === undefined) this.#copies?.abandon();
  }

  #responseFields(head: ResponseHead): readonly string[] {
    const [exchange, decision, limitTold] = [this.#exchange, this.#decision, this.#limitTold];
    return responseFields(head, { exchange, decision, limitTold, cookie: this.#asking.cookie });
  }

  /** Ends the attempt under way, if there is one, wherever it is. */
  #abandon(): void {
    const stream = this.#stream;
    this.#settle();
    stream?.abandon();
  }

  /** The attempt is over; none follows by itself. */
  #settle(): void {
    clearTimeout(this.#attemptTimer);
    this.#stream = undefined;
    this.#retries.end();
    if (this.#upstream === undefined) return;
    this.#upstream.end();
    this.#upstream = undefined;
  }
}
