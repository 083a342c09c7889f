/**
 * Copies of requests for other clusters (Istio's mirror): sent along while the request itself is carried, their answers thrown away.
 * A copy never holds the request back and never fails it: one whose upstream takes the body too slowly is given up.
 */
import type { BodySink } from '../http/exchange.ts';
import type { OutgoingRequest, ResponseEvents, UpstreamStream } from '../http/transport.ts';
import { OverflowError } from '../resilience/pool.ts';
import type { LostCopy, UpstreamCounts } from '../resilience/upstream-counts.ts';
import type { MirrorPolicy } from '../snapshot/route-policies.ts';
import type { AdmitsCopy } from './filter.ts';
import type { Upstream } from './upstream.ts';
import type { Upstreams } from './upstreams.ts';

export interface MirrorOptions {
  mirrors: readonly MirrorPolicy[];
  /** As the upstream of the route gets it. */
  request: OutgoingRequest;
  upstreams: Upstreams;
  /** Whether policies let a copy in to a cluster; absent: to every one. */
  admits: AdmitsCopy | undefined;
  /** How long a copy may take; absent: 60 seconds, because nobody else would end one whose answer has no end. */
  timeoutMs: number | undefined;
  /** Uniform in [0, 1). Default `Math.random`. */
  random?: () => number;
}

/** Where the body of the request is to be passed on to as well. What is told to hold back is not held back. */
export interface Copies extends BodySink {
  /** The request will not come to its end. */
  abandon(): void;
}

/** Undefined when this request is copied to nobody. */
export function startCopies({ mirrors, timeoutMs = 60_000, random = Math.random, ...others }: MirrorOptions): Copies | undefined {
  const copies = mirrors
    .filter(({ percent }) => random() * 100 < percent)
    .flatMap(({ cluster }) => startCopy(cluster, { ...others, timeoutMs }) ?? []);
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

type CopyOptions = Pick<MirrorOptions, 'request' | 'upstreams' | 'admits'> & { timeoutMs: number };

/** Undefined when it is not let in, or there is nobody to take it: a cluster that has as many requests as it may have gets no copies. */
function startCopy(cluster: string, { request, upstreams, admits, timeoutMs }: CopyOptions): Copy | undefined {
  const counts = upstreams.pool(cluster)?.counts;
  if (counts === undefined) return undefined;
  if (admits?.(cluster) === false) {
    counts.lostCopies.denied++;
    return undefined;
  }
  const upstream = upstreams.pick(cluster);
  if (upstream?.begin() === true) return new Copy({ upstream, request: shadowOf(request), timeoutMs, counts });
  counts.lostCopies[upstream === undefined ? 'no_endpoint' : 'overflow']++;
  return undefined;
}

/** Envoy's mark of a copy: `-shadow` behind the host. An upgrade is asked for once only. */
function shadowOf({ method, target, fields, body }: OutgoingRequest): OutgoingRequest {
  const [, host = '', port = ''] = /^(.*?)(:\d+)?$/.exec(fields[1] ?? '') ?? [];
  return { method, target, fields: ['Host', `${host}-shadow${port}`, ...fields.slice(2)], body };
}

/** What may lie in memory for an upstream that takes the body more slowly than the one of the request. */
const behindLimitBytes = 1024 * 1024;

interface BegunCopy {
  /** The upstream's request has begun. */
  upstream: Upstream;
  request: OutgoingRequest;
  timeoutMs: number;
  counts: UpstreamCounts;
}

class Copy implements ResponseEvents {
  readonly #upstream: Upstream;
  readonly #counts: UpstreamCounts;
  #stream: UpstreamStream | undefined;
  readonly #timer: NodeJS.Timeout;
  #isBehind = false;
  #behindBytes = 0;

  constructor({ upstream, request, timeoutMs, counts }: BegunCopy) {
    this.#upstream = upstream;
    this.#counts = counts;
    counts.copies++;
    this.#stream = upstream.open(request, this);
    this.#timer = setTimeout(() => this.#lose('timeout'), timeoutMs);
    this.#timer.unref();
  }

  write(data: Buffer): void {
    if (this.#stream === undefined) return;
    this.#isBehind = !this.#stream.write(data) || this.#isBehind;
    if (!this.#isBehind) return;
    this.#behindBytes += data.length;
    if (this.#behindBytes > behindLimitBytes) this.#lose('too_slow');
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

  onFailure(error: Error): void {
    this.#counts.lostCopies[error instanceof OverflowError ? 'overflow' : 'failed']++;
    this.#settle();
  }

  #lose(why: LostCopy): void {
    this.#counts.lostCopies[why]++;
    this.abandon();
  }

  #settle(): void {
    clearTimeout(this.#timer);
    if (this.#stream === undefined) return;
    this.#stream = undefined;
    this.#upstream.end();
  }
}
