/**
 * Spans as JSON over HTTP: OTLP's (`otlp-json.ts`) and Zipkin's (`zipkin.ts`).
 */
import { Agent, request } from 'node:http';
import type { ServiceSpan } from './span.ts';
import { noReceiver, Refused, timeoutMs } from './transport.ts';
import type { FindReceiver, SpanTransport } from './transport.ts';

export interface HttpTransportOptions {
  findReceiver: FindReceiver;
  path: string;
  headers?: Readonly<Record<string, string>>;
  /** The body, before it is written as JSON. */
  encode: (spans: readonly ServiceSpan[]) => unknown;
}

export class HttpTransport implements SpanTransport {
  readonly #options: HttpTransportOptions;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(options: HttpTransportOptions) {
    this.#options = options;
  }

  async send(spans: readonly ServiceSpan[]): Promise<void> {
    const { findReceiver, path, headers, encode } = this.#options;
    const receiver = findReceiver();
    if (receiver === undefined) throw noReceiver();
    const body = JSON.stringify(encode(spans));
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const outgoing = request({
      ...receiver,
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
    await promise;
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** The answers after which OTLP/HTTP lets a sender try again. */
function isForNow(status: number): boolean {
  return status === 429 || status === 502 || status === 503 || status === 504;
}
