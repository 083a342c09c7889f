/**
 * The snapshot's telemetry settings made ready: formats and filters compiled, exporters open. Compiled anew when they change;
 * exporters and the log file go on.
 */
import type {
  SideTelemetry,
  SpanExporter,
  TelemetryPolicy,
  TelemetrySettings,
  TracingPolicy,
} from '../snapshot/telemetry-settings.ts';
import { compileFilter } from './access-log/filter.ts';
import type { LogFilter } from './access-log/filter.ts';
import { compileFormat } from './access-log/format.ts';
import type { Formatter } from './access-log/format.ts';
import { untold } from './trace/hop.ts';
import type { SpanSender } from './trace/exporter.ts';

export interface AccessLog {
  provider: string;
  format: Formatter;
  filter?: LogFilter;
}

export interface Tracing extends TracingPolicy {
  /** Absent: spans are sent nowhere. */
  sender?: SpanSender;
}

export interface Side {
  accessLogs: readonly AccessLog[];
  tracing: Tracing;
}

export interface Policy {
  client: Side;
  server: Side;
}

export interface CompileOptions {
  /** The sender to where a policy says, or to where the environment says when it says nothing. */
  senderFor: (exporter: SpanExporter | undefined) => SpanSender | undefined;
  warn: (message: string) => void;
}

export class Settings {
  readonly #policies: readonly Policy[];
  readonly #byAddress: ReadonlyMap<string, number>;
  readonly #gateway: number;

  private constructor(policies: readonly Policy[], { byAddress, gateway }: Pick<TelemetrySettings, 'byAddress' | 'gateway'>) {
    this.#policies = policies;
    this.#byAddress = new Map(Object.entries(byAddress));
    this.#gateway = gateway;
  }

  static async compile(settings: TelemetrySettings, options: CompileOptions): Promise<Settings> {
    return new Settings(await Promise.all(settings.policies.map((policy) => compilePolicy(policy, options))), settings);
  }

  at(address: string): Policy | undefined {
    return this.#policies[this.#byAddress.get(address) ?? 0];
  }

  get gateway(): Policy | undefined {
    return this.#policies[this.#gateway];
  }
}

async function compilePolicy({ client, server }: TelemetryPolicy, options: CompileOptions): Promise<Policy> {
  return { client: await compileSide(client, options), server: await compileSide(server, options) };
}

async function compileSide({ accessLogs, tracing = untold }: SideTelemetry, options: CompileOptions): Promise<Side> {
  const compiled = await Promise.all(accessLogs.map((log) => compileLog(log, options)));
  const sender = options.senderFor(tracing.exporter);
  return { accessLogs: compiled.filter((log) => log !== undefined), tracing: { ...tracing, ...(sender && { sender }) } };
}

/** A filter that cannot be read lets nothing pass: a log that was meant to be small must not fill the disk. */
async function compileLog(log: SideTelemetry['accessLogs'][number], { warn }: CompileOptions): Promise<AccessLog | undefined> {
  const format = compileFormat(log.format, (message) => warn(`access log ${log.provider}: ${message}`));
  if (log.filter === undefined) return { provider: log.provider, format };
  try {
    return { provider: log.provider, format, filter: await compileFilter(log.filter) };
  } catch (error) {
    warn(
      `access log ${log.provider}: nothing is logged, because its filter cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
    return undefined;
  }
}
