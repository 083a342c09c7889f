/**
 * Global rate limits. On a cluster Envoy asks a service (envoyproxy/ratelimit) that counts in Redis; here the proxy counts there by
 * itself, with the configuration of that service: its domain and limits from the ConfigMaps that its Pods mount, its Redis from their
 * environment.
 */
import type { ConfigMap, Pod, Service } from '@hikyaku/resources';
import { matchesSelector } from '@hikyaku/resources';
import { parse } from 'yaml';
import { serviceOfHost } from './hosts.ts';
import { statusAt } from './local-rate-limits.ts';
import { nameOf } from './names.ts';
import type { CounterStore, GlobalRateLimit, LimitNode } from './protection.ts';
import { durationMsAt, field, flagAt, listAt, numberAt, textAt } from './written-value.ts';

type Warn = (message: string) => void;

export interface GlobalRateLimits {
  /** Undefined, with a warning, when the service or its configuration cannot be found: nothing is limited then. */
  compile(config: unknown, warn: Warn): GlobalRateLimit | undefined;
}

export interface RateLimitResources {
  services: readonly Service[];
  pods: readonly Pod[];
  configMaps: readonly ConfigMap[];
}

const defaultTimeoutMs = 20;
const windowSeconds: Readonly<Record<string, number>> = {
  second: 1, minute: 60, hour: 3_600, day: 86_400, week: 604_800, month: 2_592_000, year: 31_536_000,
}; // prettier-ignore

export function globalRateLimits(resources: RateLimitResources): GlobalRateLimits {
  return {
    compile(config, warn) {
      const domain = textAt(config, 'domain') ?? '';
      const pods = servicePods(config, resources, warn);
      if (pods === undefined) return undefined;
      const limits = limitsOf(domain, pods, resources.configMaps, warn);
      if (limits === undefined) {
        warn(`no ConfigMap that the Pods of the rate limit service mount has the domain ${domain}, so nothing is limited`);
        return undefined;
      }
      return {
        domain,
        limits,
        store: storeOf(pods, warn),
        timeoutMs: durationMsAt(config, 'timeout') ?? defaultTimeoutMs,
        deniesOnFailure: flagAt(config, 'failure_mode_deny') ?? false,
        status: statusAt(config, 'rate_limited_status'),
        tellsLimit: textAt(config, 'enable_x_ratelimit_headers') === 'DRAFT_VERSION_03',
      };
    },
  };
}

/** Istio names clusters `outbound|8081||ratelimit.default.svc.cluster.local`. */
function servicePods(config: unknown, { services, pods }: RateLimitResources, warn: Warn): Pod[] | undefined {
  const cluster = textAt(config, 'rate_limit_service', 'grpc_service', 'envoy_grpc', 'cluster_name') ?? '';
  const host = cluster.split('|').at(-1) ?? '';
  const named = serviceOfHost(host, 'default');
  const service = services.find((each) => nameOf(each) === `${named?.namespace ?? ''}/${named?.name ?? ''}`);
  if (service?.spec?.selector === undefined) {
    warn(`its rate limit service ${cluster} is no Service with a selector, so nothing is limited`);
    return undefined;
  }
  const { selector } = service.spec;
  const namespace = service.metadata.namespace ?? 'default';
  return pods.filter(
    ({ metadata }) =>
      (metadata.namespace ?? 'default') === namespace && matchesSelector({ matchLabels: selector }, metadata.labels),
  );
}

function limitsOf(domain: string, pods: readonly Pod[], configMaps: readonly ConfigMap[], warn: Warn): LimitNode[] | undefined {
  const mounted = new Set(
    pods.flatMap(({ metadata, spec }) =>
      (spec?.volumes ?? []).flatMap(({ configMap }) =>
        configMap?.name ? [`${metadata.namespace ?? 'default'}/${configMap.name}`] : [],
      ),
    ),
  );
  for (const configMap of configMaps) {
    if (!mounted.has(nameOf(configMap))) continue;
    for (const document of documentsOf(configMap, warn)) {
      if (textAt(document, 'domain') === domain)
        return limitNodes(listAt(document, 'descriptors'), (message) => warn(`ConfigMap ${nameOf(configMap)}: ${message}`));
    }
  }
  return undefined;
}

/** Kept for as long as the data does not change: snapshots are compiled at every change of anything. */
const parsed = new WeakMap<object, unknown[] | string>();

function documentsOf(configMap: ConfigMap, warn: Warn): unknown[] {
  const { data } = configMap;
  if (data === undefined) return [];
  const known = parsed.get(data) ?? parseDocuments(configMap);
  parsed.set(data, known);
  if (typeof known !== 'string') return known;
  warn(known);
  return [];
}

function parseDocuments(configMap: ConfigMap): unknown[] | string {
  try {
    return Object.values(configMap.data ?? {}).map((text): unknown => parse(text));
  } catch (error) {
    return `ConfigMap ${nameOf(configMap)} is no YAML: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function limitNodes(written: unknown[], warn: Warn): LimitNode[] {
  return written.map((node) => {
    const value = scalarText(field(node, 'value'));
    const limit = limitOf(field(node, 'rate_limit'), warn);
    return {
      key: textAt(node, 'key') ?? '',
      ...(value !== undefined && { value }),
      ...(limit !== undefined && { limit }),
      isShadow: flagAt(node, 'shadow_mode') ?? false,
      children: limitNodes(listAt(node, 'descriptors'), warn),
    };
  });
}

/** YAML reads `value: 1` as a number. */
function scalarText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

function limitOf(written: unknown, warn: Warn): LimitNode['limit'] {
  if (written === undefined) return undefined;
  if (flagAt(written, 'unlimited') === true) return 'unlimited';
  const unit = textAt(written, 'unit')?.toLowerCase() ?? '';
  const requests = numberAt(written, 'requests_per_unit');
  const seconds = Object.hasOwn(windowSeconds, unit) ? windowSeconds[unit] : undefined;
  if (requests !== undefined && seconds !== undefined) return { requests, windowSeconds: seconds };
  warn(
    `a rate_limit needs requests_per_unit and a unit of ${Object.keys(windowSeconds).join(', ')}; got ${JSON.stringify(written)}`,
  );
  return undefined;
}

function storeOf(pods: readonly Pod[], warn: Warn): CounterStore {
  const environment = pods.flatMap(({ metadata, spec }) =>
    (spec?.containers ?? []).flatMap(({ env = [] }) => ({ namespace: metadata.namespace ?? 'default', env })),
  );
  for (const { namespace, env } of environment) {
    const valueOf = (name: string) => env.find((variable) => variable.name === name)?.value;
    const address = /^(?:redis:\/\/)?(\[[^\]]+\]|[^:/@,]+)(?::(\d+))?\/?$/.exec(valueOf('REDIS_URL') ?? '');
    const [, host, port = '6379'] = address ?? [];
    if (host === undefined) continue;
    const password = valueOf('REDIS_AUTH');
    return { kind: 'redis', host, port: Number(port), namespace, ...(password !== undefined && password !== '' && { password }) };
  }
  warn('no container of the rate limit service has a REDIS_URL of the form host:port, so this process counts for itself alone');
  return { kind: 'process' };
}
