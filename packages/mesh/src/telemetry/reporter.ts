/**
 * Tells of single requests, where policies ask for it: a line in the access log, a span for this hop. Costs a request nothing where
 * none does.
 */
import type { Peer } from '../snapshot/snapshot.ts';
import type { TelemetrySettings } from '../snapshot/telemetry-settings.ts';
import { LogFile } from './access-log/log-file.ts';
import type { LogEntry } from './access-log/entry.ts';
import type { Family } from './prometheus.ts';
import type { RequestRecord } from './request-record.ts';
import { Settings } from './settings.ts';
import type { AccessLog, Policy } from './settings.ts';
import type { SpanSender } from './trace/exporter.ts';
import { traceHop } from './trace/hop.ts';
import { SpanSenders } from './trace/senders.ts';
import type { SpanSendersOptions } from './trace/senders.ts';
import { spanOf } from './trace/span.ts';

export interface ReporterOptions extends Pick<SpanSendersOptions, 'defaultEndpoint' | 'endpointsOf'> {
  /** Absent: nothing is logged. */
  accessLogFile?: string;
  /** What goes wrong while requests are being carried. */
  onTrouble: (message: string) => void;
}

/** When nobody asks for anything. */
const nothing: TelemetrySettings = {
  policies: [{ client: { accessLogs: [] }, server: { accessLogs: [] } }],
  byAddress: {},
  gateway: 0,
};

export class Reporter {
  readonly #senders: SpanSenders;
  readonly #log: LogFile | undefined;
  #given: TelemetrySettings | undefined;
  #warnings: string[] = [];
  #settings: Settings | undefined;

  constructor({ accessLogFile, onTrouble, ...sending }: ReporterOptions) {
    this.#senders = new SpanSenders({ ...sending, onTrouble });
    if (accessLogFile !== undefined) this.#log = new LogFile({ path: accessLogFile, onTrouble });
  }

  /** Resolves with warnings when the settings are in force. */
  async update(given: TelemetrySettings | undefined): Promise<readonly string[]> {
    const wanted = given ?? (this.#senders.hasDefault ? nothing : undefined);
    if (wanted === this.#given) return this.#warnings;
    const warnings = new Set<string>();
    const used = new Set<SpanSender>();
    const senderFor: Parameters<typeof Settings.compile>[1]['senderFor'] = (exporter) => {
      const sender = this.#senders.for(exporter);
      if (sender !== undefined) used.add(sender);
      return sender;
    };
    this.#settings = wanted && (await Settings.compile(wanted, { senderFor, warn: (message) => void warnings.add(message) }));
    this.#senders.keep(used);
    this.#given = wanted;
    this.#warnings = [...warnings];
    return this.#warnings;
  }

  /** A request has come: from now on the record knows what becomes of its trace. */
  begin(record: RequestRecord): void {
    const policy = this.#policyOf(record);
    if (policy === undefined) return;
    const { tracing } = policy.client;
    record.isTimed = true;
    record.tracing = tracing;
    record.hop = traceHop(record.head.fields, tracing, tracing.sender !== undefined, Math.random);
  }

  /** A request is over. */
  finish(record: RequestRecord, source: Peer): void {
    if (this.#settings === undefined) return;
    const { hop, tracing } = record;
    const logs = this.#logsOf(record);
    const sender = hop?.isSpan === true ? tracing?.sender : undefined;
    if (logs.length === 0 && sender === undefined) return;
    const entry = entryOf(record);
    for (const { format, filter } of logs) if (filter?.(entry) !== false) this.#log?.write(format(entry));
    if (hop !== undefined && tracing !== undefined)
      sender?.add(spanOf({ entry, hop, source, isEdge: record.isEdge, tags: tracing.tags }));
  }

  families(): Family[] {
    const counter = (name: string, help: string, value: number): Family => {
      return { name, type: 'counter', help, samples: [{ labels: '', value }] };
    };
    return [
      counter('hikyaku_access_log_lines_written', 'Lines of the access log that were written.', this.#log?.written ?? 0),
      counter('hikyaku_access_log_lines_dropped', 'Lines of the access log that were given up.', this.#log?.dropped ?? 0),
      counter('hikyaku_spans_sent', 'Spans that a receiver has taken.', this.#senders.sent),
      counter('hikyaku_spans_dropped', 'Spans that were given up.', this.#senders.dropped),
    ];
  }

  /** Resolves when what was told has been written and sent, or cannot be. */
  async close(): Promise<void> {
    await Promise.all([this.#log?.close(), this.#senders.close()]);
  }

  #policyOf({ isEdge, remoteAddress }: RequestRecord): Policy | undefined {
    return isEdge ? this.#settings?.gateway : this.#settings?.at(remoteAddress);
  }

  /** What either end asks for, each provider once. */
  #logsOf(record: RequestRecord): readonly AccessLog[] {
    const ofCaller = this.#policyOf(record)?.client.accessLogs ?? [];
    const ofCallee = record.upstream === undefined ? [] : (this.#settings?.at(record.upstream.address)?.server.accessLogs ?? []);
    return [...ofCaller, ...ofCallee.filter(({ provider }) => !ofCaller.some((other) => other.provider === provider))];
  }
}

function entryOf(record: RequestRecord): LogEntry {
  const { head, status, flags, reason, detail, route, cluster, upstream, attempts, requestBytes, responseBytes } = record;
  const { responseFields, grpcStatus, requestId, remoteAddress, hop, durationMs, responseMs } = record;
  const startedAt = new Date(Date.now() - durationMs);
  return {
    ...{ head, status, flags, reason, detail, route, cluster, upstream, attempts, requestBytes, responseBytes },
    ...{ responseFields, grpcStatus, requestId, remoteAddress, hop, durationMs, responseMs, startedAt },
  };
}
