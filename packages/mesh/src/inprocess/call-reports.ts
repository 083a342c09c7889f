/**
 * Requests carried in this process, told to the proxy process when they are over: it counts all of them in one place. Batches of a
 * fraction of a second; what a process has not told when it ends is not counted.
 */
import type { Exchange } from '../http/exchange.ts';
import { RequestRecord } from '../telemetry/request-record.ts';
import { settle } from '../telemetry/telemetry.ts';
import type { FinishedRequest, Observed } from '../telemetry/telemetry.ts';

const everyMs = 200;
/** Told at once: a burst must not become one long message. */
const batchLimit = 1_000;

export class CallReports {
  readonly #tell: (requests: FinishedRequest[]) => void;
  #batch: FinishedRequest[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(tell: (requests: FinishedRequest[]) => void) {
    this.#tell = tell;
  }

  /** Takes the exchange's place. */
  observe(exchange: Exchange, { isEdge, called }: Observed): RequestRecord {
    const record = new RequestRecord(exchange, isEdge, performance.now(), this.#onFinished);
    record.cluster = called;
    return record;
  }

  readonly #onFinished = (record: RequestRecord): void => {
    settle(record);
    this.#batch.push(finished(record));
    if (this.#batch.length >= batchLimit) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), everyMs).unref();
  };

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#tell(this.#batch);
    this.#batch = [];
  }
}

/** What travels: the record itself holds the exchange. */
function finished(record: RequestRecord): FinishedRequest {
  const { isEdge, remoteAddress, cluster, attempts, status, flags, protocol, grpcStatus } = record;
  const { durationMs, requestBytes, responseBytes, upstream } = record;
  return {
    isEdge,
    remoteAddress,
    cluster,
    upstream: upstream && { address: upstream.address, port: upstream.port },
    attempts,
    status,
    flags,
    protocol,
    grpcStatus,
    durationMs,
    requestBytes,
    responseBytes,
  };
}
