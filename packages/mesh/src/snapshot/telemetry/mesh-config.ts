/**
 * Istio's MeshConfig, as far as telemetry reads it: the key `mesh` of the ConfigMap `istio` in `istio-system`, which is where an
 * installed Istio keeps it. The same file says the same there.
 */
import type { ConfigMap } from '@hikyaku/resources';
import { parse } from 'yaml';
import type { AccessLogFields, AccessLogFormat } from '../telemetry-settings.ts';
import { textAt } from '../written-value.ts';
import { defaultJson, defaultText } from './access-log-formats.ts';
import { opentelemetryProvider, zipkinAt, zipkinProvider } from './span-providers.ts';
import type { FindTarget, SpanProvider } from './span-providers.ts';

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

export type Provider = { kind: 'log'; format: AccessLogFormat } | SpanProvider;

type Mapping = Readonly<Record<string, unknown>>;
type Warn = (message: string) => void;
/** What is no MeshConfig counts as absent, with a warning. */
export function readMeshConfig(configMaps: readonly ConfigMap[], findTarget: FindTarget, warnOf: Warn): MeshConfig {
  const found = configMaps.find(({ metadata }) => metadata.namespace === rootNamespace && metadata.name === configMapName);
  const warn = (message: string) => warnOf(`ConfigMap ${rootNamespace}/${configMapName}: ${message}`);
  const config = found === undefined ? {} : parsed(found.data?.mesh ?? '', warn);
  warnOfOthers(config, warn);
  const format = formatOf(config, warn);
  const defaults = mapping(config.defaultProviders);
  const isLogging = text(config.accessLogFile) !== undefined;
  const tracing = mapping(mapping(config.defaultConfig).tracing);
  const samplingPercent = tracing.sampling;
  const older = config.enableTracing === true ? olderTracing(tracing, findTarget, warn) : undefined;
  const named = names(defaults.tracing);
  return {
    providers: new Map<string, Provider>([
      ['envoy', { kind: 'log', format }],
      ...(older === undefined ? [] : [[olderName, older] as const]),
      ...extensionProviders(config, format, findTarget, warn),
    ]),
    defaultLogs: [...(isLogging ? ['envoy'] : []), ...names(defaults.accessLogging)],
    defaultTracing: named.length > 0 || older === undefined ? named : [olderName],
    ...(typeof samplingPercent === 'number' && { samplingPercent }),
  };
}

/** No provider can have it as its own. */
const olderName = 'defaultConfig.tracing';

function olderTracing(tracing: Mapping, findTarget: FindTarget, warnOf: Warn): SpanProvider | undefined {
  const warn = (message: string) => warnOf(`${olderName}: ${message}`);
  const others = Object.keys(tracing).filter((name) => name !== 'sampling' && name !== 'zipkin');
  if (others.length > 0) warn(`${others.join(', ')} ${others.length === 1 ? 'is' : 'are'} not honoured by hikyaku yet`);
  const address = textAt(tracing, 'zipkin', 'address');
  return address === undefined ? undefined : zipkinAt(address, findTarget, warn);
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
  if (provider.opentelemetry !== undefined) return opentelemetryProvider(provider.opentelemetry, findTarget, warn);
  if (provider.zipkin !== undefined) return zipkinProvider(provider.zipkin, findTarget, warn);
  // Every count is served, whoever asks for it.
  if (provider.prometheus !== undefined) return undefined;
  const kinds = Object.keys(provider).filter((key) => key !== 'name');
  warn(
    `${kinds.join(', ') || 'an empty provider'} is not honoured by hikyaku; there are opentelemetry, zipkin and envoyFileAccessLog`,
  );
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
