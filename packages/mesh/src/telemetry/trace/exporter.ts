/**
 * Sends spans to a receiver, many at a time and behind the traffic's back: what waits is bounded, and what does not fit or cannot be
 * sent is dropped and counted. A receiver that is away is asked again, ever more rarely.
 */
import type { ServiceSpan } from './span.ts';
import { Refused } from './transport.ts';
import type { SpanTransport } from './transport.ts';

export interface SpanExporterOptions {
  transport: SpanTransport;
  /** Told when sending fails for the first time, and again after it has worked. */
  onTrouble?: (message: string) => void;
}

const batchSize = 512;
const queueLimit = 4096;
const intervalMs = 1_000;
const slowestMs = 30_000;

export class SpanSender {
  sent = 0;
  dropped = 0;
  readonly #options: SpanExporterOptions;
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
    this.#options.transport.close();
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
    this.#sending = this.#options.transport
      .send(batch)
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
    // One that has refused them would refuse them again.
    const room = error instanceof Refused ? 0 : Math.max(0, queueLimit - this.#waiting.length);
    this.#waiting.unshift(...batch.slice(0, room));
    this.dropped += batch.length - Math.min(batch.length, room);
  }
}
