/**
 * Sends spans to an OTLP receiver over HTTP, many at a time and behind the traffic's back: what waits is bounded, and what does not
 * fit or cannot be sent is dropped and counted. A receiver that is away is asked again, ever more rarely.
 */
import { Agent, request } from 'node:http';
import { exportRequest } from './span.ts';
import type { ServiceSpan } from './span.ts';

export interface ReceiverAddress {
  host: string;
  port: number;
}

export interface SpanExporterOptions {
  /** Asked before each attempt: Pods come and go. Undefined: there is none at the moment. */
  address: () => ReceiverAddress | undefined;
  path: string;
  headers?: Readonly<Record<string, string>>;
  /** Told when sending fails for the first time, and again after it has worked. */
  onTrouble?: (message: string) => void;
}

const batchSize = 512;
const queueLimit = 4096;
const intervalMs = 1_000;
const slowestMs = 30_000;
const timeoutMs = 5_000;

export class SpanSender {
  sent = 0;
  dropped = 0;
  readonly #options: SpanExporterOptions;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  #waiting: ServiceSpan[] = [];
  #sending: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;

  constructor(options: SpanExporterOptions) {
    this.#options = options;
  }

  add(span: ServiceSpan): void {
    if (this.#waiting.length >= queueLimit) {
      this.dropped++;
      return;
    }
    this.#waiting.push(span);
    if (this.#waiting.length >= batchSize && this.#failures === 0) this.#send();
    else this.#schedule();
  }

  /** Sends what waits, once; what cannot be sent is lost. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#sending;
    this.#send();
    await this.#sending;
    clearTimeout(this.#timer);
    this.#agent.destroy();
  }

  #schedule(): void {
    const delayMs = Math.min(slowestMs, intervalMs * 2 ** this.#failures);
    this.#timer ??= setTimeout(() => this.#send(), delayMs).unref();
  }

  #send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#sending !== undefined || this.#waiting.length === 0) return;
    const batch = this.#waiting.splice(0, batchSize);
    this.#sending = this.#post(JSON.stringify(exportRequest(batch)))
      .then(
        () => this.#succeeded(batch),
        (error: unknown) => this.#failed(batch, error),
      )
      .finally(() => {
        this.#sending = undefined;
        if (this.#waiting.length > 0) this.#schedule();
      });
  }

  #succeeded(batch: readonly ServiceSpan[]): void {
    this.sent += batch.length;
    this.#failures = 0;
  }

  #failed(batch: ServiceSpan[], error: unknown): void {
    if (this.#failures === 0)
      this.#options.onTrouble?.(`spans cannot be sent: ${error instanceof Error ? error.message : String(error)}`);
    this.#failures++;
    // A receiver that has read and refused them would refuse them again.
    const room = error instanceof Refused ? 0 : Math.max(0, queueLimit - this.#waiting.length);
    this.#waiting.unshift(...batch.slice(0, room));
    this.dropped += batch.length - Math.min(batch.length, room);
  }

  #post(body: string): Promise<undefined> {
    const { address, path, headers } = this.#options;
    const target = address();
    if (target === undefined) return Promise.reject(new Error('the receiver has no ready endpoint'));
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const outgoing = request({
      ...target,
      path,
      method: 'POST',
      agent: this.#agent,
      timeout: timeoutMs,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers },
    });
    outgoing.on('error', reject);
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    outgoing.on('response', (response) => {
      response.resume();
      response.on('error', reject);
      response.on('end', () => {
        const { statusCode = 0 } = response;
        if (statusCode >= 200 && statusCode < 300) resolve(undefined);
        else reject(isForNow(statusCode) ? new Error(`answered ${statusCode}`) : new Refused(`answered ${statusCode}`));
      });
    });
    outgoing.end(body);
    return promise;
  }
}

class Refused extends Error {}

/** The answers after which OTLP/HTTP lets a sender try again. */
function isForNow(status: number): boolean {
  return status === 429 || status === 502 || status === 503 || status === 504;
}
