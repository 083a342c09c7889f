/**
 * Copies of requests for other clusters (Istio's mirror): sent along while the request itself is carried, their answers thrown away.
 * A copy never holds the request back and never fails it: one whose upstream takes the body too slowly is given up.
 */
import type { BodySink } from '../http/exchange.ts';
import type { OutgoingRequest, ResponseEvents, UpstreamStream } from '../http/transport.ts';
import type { MirrorPolicy } from '../snapshot/route-policies.ts';
import type { Upstream } from './upstream.ts';
import type { Upstreams } from './upstreams.ts';

export interface MirrorOptions {
  mirrors: readonly MirrorPolicy[];
  /** As the upstream of the route gets it. */
  request: OutgoingRequest;
  upstreams: Upstreams;
  /** How long a copy may take; absent: 60 seconds, because nobody else would end one whose answer has no end. */
  timeoutMs: number | undefined;
  /** Uniform in [0, 1). */
  random: () => number;
}

/** Where the body of the request is to be passed on to as well. What is told to hold back is not held back. */
export interface Copies extends BodySink {
  /** The request will not come to its end. */
  abandon(): void;
}

/** Undefined when this request is copied to nobody. */
export function startCopies({ mirrors, request, upstreams, timeoutMs = 60_000, random }: MirrorOptions): Copies | undefined {
  const copies = mirrors
    .filter(({ percent }) => random() * 100 < percent)
    .flatMap(({ cluster }) => {
      const upstream = upstreams.pick(cluster);
      // A cluster that has as many requests as it may have gets no copies.
      return upstream?.begin() === true ? [new Copy(upstream, shadowOf(request), timeoutMs)] : [];
    });
  if (copies.length === 0) return undefined;
  return {
    onBodyData: (data) => {
      for (const copy of copies) copy.write(data);
      return true;
    },
    onBodyEnd: (trailers) => {
      for (const copy of copies) copy.end(trailers);
    },
    abandon: () => {
      for (const copy of copies) copy.abandon();
    },
  };
}

/** Envoy's mark of a copy: `-shadow` behind the host. An upgrade is asked for once only. */
function shadowOf({ method, target, fields, body }: OutgoingRequest): OutgoingRequest {
  const [, host = '', port = ''] = /^(.*?)(:\d+)?$/.exec(fields[1] ?? '') ?? [];
  return { method, target, fields: ['Host', `${host}-shadow${port}`, ...fields.slice(2)], body };
}

/** What may lie in memory for an upstream that takes the body more slowly than the one of the request. */
const behindLimitBytes = 1024 * 1024;

class Copy implements ResponseEvents {
  readonly #upstream: Upstream;
  #stream: UpstreamStream | undefined;
  readonly #timer: NodeJS.Timeout;
  #isBehind = false;
  #behindBytes = 0;

  /** The upstream's request has begun. */
  constructor(upstream: Upstream, request: OutgoingRequest, timeoutMs: number) {
    this.#upstream = upstream;
    this.#stream = upstream.open(request, this);
    this.#timer = setTimeout(() => this.abandon(), timeoutMs);
    this.#timer.unref();
  }

  write(data: Buffer): void {
    if (this.#stream === undefined) return;
    this.#isBehind = !this.#stream.write(data) || this.#isBehind;
    if (!this.#isBehind) return;
    this.#behindBytes += data.length;
    if (this.#behindBytes > behindLimitBytes) this.abandon();
  }

  end(trailers: readonly string[]): void {
    this.#stream?.end(trailers);
  }

  abandon(): void {
    const stream = this.#stream;
    this.#settle();
    stream?.abandon();
  }

  onUpstreamDrain(): void {
    this.#isBehind = false;
    this.#behindBytes = 0;
  }

  onInformation(): void {
    // Answers of a copy concern nobody.
  }

  onHead(): void {
    // As above.
  }

  onData(): boolean {
    return true;
  }

  onEnd(): void {
    this.#settle();
  }

  onUpgrade(...[, socket]: Parameters<ResponseEvents['onUpgrade']>): void {
    socket.destroy();
    this.#settle();
  }

  onFailure(): void {
    this.#settle();
  }

  #settle(): void {
    clearTimeout(this.#timer);
    if (this.#stream === undefined) return;
    this.#stream = undefined;
    this.#upstream.end();
  }
}
