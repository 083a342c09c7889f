/**
 * Istio's MeshConfig, as far as telemetry reads it: the key `mesh` of the ConfigMap `istio` in `istio-system`, which is where an
 * installed Istio keeps it. The same file says the same there.
 */
import type { ConfigMap } from '@hikyaku/resources';
import { parse } from 'yaml';
import type { AccessLogFields, AccessLogFormat, SpanExporter } from '../telemetry-settings.ts';
import { defaultJson, defaultText } from './access-log-formats.ts';

/** Where Istio is installed: what is written there without a selector holds for the whole mesh. */
export const rootNamespace = 'istio-system';
const configMapName = 'istio';

export interface MeshConfig {
  /** By name; `envoy` is always there. */
  providers: ReadonlyMap<string, Provider>;
  /** Names of providers, used where no Telemetry names any. */
  defaultLogs: readonly string[];
  defaultTracing: readonly string[];
  /** Absent: not said. */
  samplingPercent?: number;
}

export type Provider = { kind: 'log'; format: AccessLogFormat } | { kind: 'spans'; exporter: SpanExporter };

type Mapping = Readonly<Record<string, unknown>>;
type Warn = (message: string) => void;
/** The target of a host as written and a port; undefined, with a warning, when there is none. */
export type FindTarget = (host: string, port: number, warn: Warn) => SpanExporter['target'] | undefined;

/** What is no MeshConfig counts as absent, with a warning. */
export function readMeshConfig(configMaps: readonly ConfigMap[], findTarget: FindTarget, warnOf: Warn): MeshConfig {
  const found = configMaps.find(({ metadata }) => metadata.namespace === rootNamespace && metadata.name === configMapName);
  const warn = (message: string) => warnOf(`ConfigMap ${rootNamespace}/${configMapName}: ${message}`);
  const config = found === undefined ? {} : parsed(found.data?.mesh ?? '', warn);
  warnOfOthers(config, warn);
  const format = formatOf(config, warn);
  const defaults = mapping(config.defaultProviders);
  const isLogging = text(config.accessLogFile) !== undefined;
  const samplingPercent = mapping(mapping(config.defaultConfig).tracing).sampling;
  return {
    providers: new Map([['envoy', { kind: 'log', format }], ...extensionProviders(config, format, findTarget, warn)]),
    defaultLogs: [...(isLogging ? ['envoy'] : []), ...names(defaults.accessLogging)],
    defaultTracing: names(defaults.tracing),
    ...(typeof samplingPercent === 'number' && { samplingPercent }),
  };
}

/** The text is read again only when it changed. */
let latest: { source: string; config: Mapping } | undefined;

function parsed(source: string, warn: Warn): Mapping {
  try {
    if (latest?.source !== source) latest = { source, config: mapping(parse(source)) };
    return latest.config;
  } catch (error) {
    warn(`the key mesh is no YAML: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`);
    return {};
  }
}

const read = new Set([
  'accessLogFile', 'accessLogEncoding', 'accessLogFormat', 'defaultProviders', 'extensionProviders', 'defaultConfig', 'enableTracing',
]); // prettier-ignore
/** What changes nothing here: one machine, one trust domain, and statistics that are always on. */
const harmless = new Set([
  'rootNamespace',
  'trustDomain',
  'enablePrometheusMerge',
  'ingressClass',
  'ingressService',
  'ingressSelector',
]);

function warnOfOthers(config: Mapping, warn: Warn): void {
  const others = Object.keys(config).filter((name) => !read.has(name) && !harmless.has(name));
  if (others.length > 0) warn(`mesh.${others.join(', mesh.')} ${others.length === 1 ? 'is' : 'are'} not honoured by hikyaku yet`);
}

function formatOf({ accessLogEncoding, accessLogFormat }: Mapping, warn: Warn): AccessLogFormat {
  const written = text(accessLogFormat);
  if (accessLogEncoding !== 'JSON') return written === undefined ? defaultText : { kind: 'text', text: written };
  if (written === undefined) return defaultJson;
  try {
    return { kind: 'json', fields: logFields(JSON.parse(written)) };
  } catch {
    warn('accessLogFormat is no JSON object, which accessLogEncoding: JSON asks for; the default format is used');
    return defaultJson;
  }
}

function extensionProviders(config: Mapping, envoy: AccessLogFormat, findTarget: FindTarget, warnOf: Warn): [string, Provider][] {
  return list(config.extensionProviders).flatMap((provider) => {
    const name = text(provider.name) ?? '';
    const warn = (message: string) => warnOf(`extensionProviders ${name}: ${message}`);
    const made = providerOf(provider, envoy, findTarget, warn);
    return made === undefined ? [] : [[name, made] as [string, Provider]];
  });
}

function providerOf(provider: Mapping, envoy: AccessLogFormat, findTarget: FindTarget, warn: Warn): Provider | undefined {
  if (provider.envoyFileAccessLog !== undefined)
    return { kind: 'log', format: fileFormat(mapping(provider.envoyFileAccessLog), envoy) };
  if (provider.opentelemetry !== undefined) return spansProvider(mapping(provider.opentelemetry), findTarget, warn);
  // Every count is served, whoever asks for it.
  if (provider.prometheus !== undefined) return undefined;
  const kinds = Object.keys(provider).filter((key) => key !== 'name');
  warn(`${kinds.join(', ') || 'an empty provider'} is not honoured by hikyaku; there are opentelemetry and envoyFileAccessLog`);
  return undefined;
}

/** The path is of no account: what is logged goes to the proxy's own log file. */
function fileFormat(log: Mapping, envoy: AccessLogFormat): AccessLogFormat {
  const format = mapping(log.logFormat);
  const written = text(format.text);
  if (written !== undefined) return { kind: 'text', text: written };
  if (format.labels !== undefined) return { kind: 'json', fields: logFields(mapping(format.labels)) };
  return log.logFormat === undefined ? envoy : defaultJson;
}

function spansProvider(receiver: Mapping, findTarget: FindTarget, warn: Warn): Provider | undefined {
  const host = text(receiver.service)?.replace(/^[^/]*\//, '') ?? '';
  const port = typeof receiver.port === 'number' ? receiver.port : 0;
  if (receiver.http === undefined)
    warn(
      `spans are sent over HTTP, also to port ${port}; say \`http: { path: /v1/traces }\` and the receiver's port for that (4318)`,
    );
  const { path, headers } = mapping(receiver.http);
  const target = findTarget(host, port, warn);
  if (target === undefined) return undefined;
  return { kind: 'spans', exporter: { target, path: text(path) ?? '/v1/traces', headers: headerMap(headers) } };
}

function headerMap(headers: unknown): Record<string, string> {
  const named = list(headers).map(({ name, value }): [string, string] => [text(name) ?? '', text(value) ?? '']);
  return Object.fromEntries(named.filter(([name]) => name !== ''));
}

function logFields(value: unknown): AccessLogFields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError('no object');
  const entries: [string, unknown][] = Object.entries(value);
  return Object.fromEntries(
    entries.map(([name, field]) => [name, typeof field === 'object' && field !== null ? logFields(field) : String(field)]),
  );
}

function mapping(value: unknown): Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Mapping) : {};
}

function list(value: unknown): Mapping[] {
  return Array.isArray(value) ? value.map((each: unknown) => mapping(each)) : [];
}

function names(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((name: unknown) => typeof name === 'string') : [];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
