/**
 * The receivers spans are sent to, one sender each, kept while some policy names them.
 */
import type { Endpoint } from '../../snapshot/snapshot.ts';
import type { SpanExporter } from '../../snapshot/telemetry-settings.ts';
import { SpanSender } from './exporter.ts';
import { GrpcTransport } from './grpc-transport.ts';
import { HttpTransport } from './http-transport.ts';
import { exportRequest } from './span.ts';
import type { FindReceiver, SpanTransport } from './transport.ts';
import { zipkinSpans } from './zipkin.ts';

export interface SpanSendersOptions {
  /** Where spans go when no policy says so: OTLP's base URL, as in OTEL_EXPORTER_OTLP_ENDPOINT. */
  defaultEndpoint?: string;
  /** The ready endpoints of a cluster. */
  endpointsOf: (cluster: string) => readonly Endpoint[];
  onTrouble: (message: string) => void;
}

export class SpanSenders {
  readonly #options: SpanSendersOptions;
  readonly #senders = new Map<string, SpanSender>();
  readonly #default: SpanExporter | undefined;
  #sentByGone = 0;
  #droppedByGone = 0;

  constructor(options: SpanSendersOptions) {
    this.#options = options;
    this.#default = options.defaultEndpoint === undefined ? undefined : exporterAt(options.defaultEndpoint, options.onTrouble);
  }

  get hasDefault(): boolean {
    return this.#default !== undefined;
  }

  get sent(): number {
    return [...this.#senders.values()].reduce((sum, { sent }) => sum + sent, this.#sentByGone);
  }

  get dropped(): number {
    return [...this.#senders.values()].reduce((sum, { dropped }) => sum + dropped, this.#droppedByGone);
  }

  /** Undefined when spans go nowhere. */
  for(exporter: SpanExporter | undefined = this.#default): SpanSender | undefined {
    if (exporter === undefined) return undefined;
    const key = JSON.stringify(exporter);
    const known = this.#senders.get(key);
    if (known !== undefined) return known;
    const transport = transportTo(exporter, this.#receiverOf(exporter));
    const sender = new SpanSender({ transport, onTrouble: this.#options.onTrouble });
    this.#senders.set(key, sender);
    return sender;
  }

  /** Lets go of all others; what waits in them is sent. */
  keep(wanted: ReadonlySet<SpanSender>): void {
    for (const [key, sender] of this.#senders) {
      if (wanted.has(sender)) continue;
      this.#senders.delete(key);
      void this.#closed(sender);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#senders.values()].map((sender) => sender.close()));
  }

  async #closed(sender: SpanSender): Promise<void> {
    await sender.close();
    this.#sentByGone += sender.sent;
    this.#droppedByGone += sender.dropped;
  }

  #receiverOf({ target }: SpanExporter): FindReceiver {
    if (!('cluster' in target)) return () => target;
    let turn = 0;
    return () => {
      const endpoints = this.#options.endpointsOf(target.cluster);
      const endpoint = endpoints[turn++ % endpoints.length];
      return endpoint && { host: endpoint.address, port: endpoint.port };
    };
  }
}

function transportTo(exporter: SpanExporter, findReceiver: FindReceiver): SpanTransport {
  const { headers } = exporter;
  if (exporter.protocol === 'otlp-grpc') return new GrpcTransport({ findReceiver, metadata: headers });
  const encode = exporter.protocol === 'zipkin' ? zipkinSpans : exportRequest;
  return new HttpTransport({ findReceiver, path: exporter.path, headers, encode });
}

function exporterAt(endpoint: string, onTrouble: (message: string) => void): SpanExporter | undefined {
  const url = URL.parse(endpoint);
  if (url?.protocol !== 'http:') {
    onTrouble(`spans are not sent: OTEL_EXPORTER_OTLP_ENDPOINT must be an http:// URL, got ${endpoint}`);
    return undefined;
  }
  const target = { host: url.hostname, port: url.port === '' ? 80 : Number(url.port) };
  return { protocol: 'otlp-http', target, path: `${url.pathname.replace(/\/$/, '')}/v1/traces`, headers: {} };
}
