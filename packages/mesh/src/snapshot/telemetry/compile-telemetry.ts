/**
 * Telemetry resources and MeshConfig become one policy per workload. Istio's three levels: what is in its root namespace without a
 * selector holds for all, what is in another namespace without one holds there, what selects workloads holds for those; each says
 * more than the one before, or something else.
 */
import type { ConfigMap, Pod, PolicyTargetRef, Service, Telemetry } from '@hikyaku/resources';
import { clusterKey } from '../clusters.ts';
import { serviceOfHost } from '../hosts.ts';
import { byAge, nameOf } from '../names.ts';
import type { SideTelemetry, SpanTag, TelemetryPolicy, TelemetrySettings, TracingPolicy } from '../telemetry-settings.ts';
import { readMeshConfig, rootNamespace } from './mesh-config.ts';
import type { MeshConfig } from './mesh-config.ts';
import type { FindTarget } from './span-providers.ts';

export interface TelemetryResources {
  telemetries?: readonly Telemetry[];
  configMaps?: readonly ConfigMap[];
  pods: readonly Pod[];
  services: readonly Service[];
}

type Side = keyof TelemetryPolicy;
type Spec = NonNullable<Telemetry['spec']>;
type Warn = (message: string) => void;

/** On this machine every trace is worth its while; Istio's own default is 1. */
const defaultSamplingPercent = 100;

/** The snapshot's part; empty when nobody asks for anything. */
export function compileTelemetry(resources: TelemetryResources, warn: Warn): { telemetry?: TelemetrySettings } {
  const telemetry = settingsOf(resources, warn);
  return telemetry === undefined ? {} : { telemetry };
}

function settingsOf(resources: TelemetryResources, warn: Warn): TelemetrySettings | undefined {
  const { telemetries = [], configMaps = [], pods, services } = resources;
  const mesh = readMeshConfig(configMaps, targetFinder(services), warn);
  if (
    telemetries.length === 0 &&
    mesh.defaultLogs.length === 0 &&
    mesh.defaultTracing.length === 0 &&
    mesh.samplingPercent === undefined
  )
    return undefined;
  const inOrder = [...telemetries].sort(byAge);
  for (const telemetry of inOrder) warnOfProviders(telemetry, mesh, warn);
  const table = new PolicyTable(mesh);
  const meshWide = inOrder.filter((telemetry) => isFor(telemetry, rootNamespace) && !isSelective(telemetry));
  table.indexOf(meshWide);
  const byAddress: Record<string, number> = {};
  for (const pod of pods) {
    const address = pod.status?.podIP ?? '';
    const index = table.indexOf([...meshWide, ...inOrder.filter((telemetry) => holdsForPod(telemetry, pod))]);
    if (address !== '' && index !== 0) byAddress[address] = index;
  }
  const gateway = table.indexOf([...meshWide, ...inOrder.filter(isForGateway)]);
  return { policies: table.policies, byAddress, gateway };
}

/** Workloads for which the same resources hold share a policy. */
class PolicyTable {
  readonly policies: TelemetryPolicy[] = [];
  readonly #mesh: MeshConfig;
  readonly #indices = new Map<string, number>();

  constructor(mesh: MeshConfig) {
    this.#mesh = mesh;
  }

  /** From the most general to the most special. */
  indexOf(telemetries: readonly Telemetry[]): number {
    const key = telemetries.map(nameOf).join(' ');
    const known = this.#indices.get(key);
    if (known !== undefined) return known;
    const specs = telemetries.map(({ spec }) => spec ?? {});
    const policy = { client: compileSide(specs, 'client', this.#mesh), server: compileSide(specs, 'server', this.#mesh) };
    const index = this.policies.push(policy) - 1;
    this.#indices.set(key, index);
    return index;
  }
}

function compileSide(specs: readonly Spec[], side: Side, mesh: MeshConfig): SideTelemetry {
  const tracing = tracingOf(specs, side, mesh);
  return { accessLogs: accessLogsOf(specs, side, mesh), ...(tracing && { tracing }) };
}

/** A level that names providers speaks of those from there on; one that names none speaks of those before it. */
function accessLogsOf(specs: readonly Spec[], side: Side, { providers, defaultLogs }: MeshConfig): SideTelemetry['accessLogs'] {
  const isSaid = specs.some(({ accessLogging = [] }) => accessLogging.length > 0);
  let inherited: readonly string[] = defaultLogs;
  const active = new Map<string, string | undefined>(isSaid ? [] : defaultLogs.map((name) => [name, undefined]));
  for (const { accessLogging = [] } of specs) {
    const rules = accessLogging.filter(({ match }) => isForSide(match?.mode, side));
    const named = rules.flatMap((rule) => namesOf(rule.providers));
    for (const rule of rules) {
      const own = namesOf(rule.providers);
      for (const name of own.length > 0 ? own : inherited) {
        if (rule.disabled === true) active.delete(name);
        else active.set(name, rule.filter?.expression);
      }
    }
    if (named.length === 0) continue;
    for (const name of active.keys()) if (!named.includes(name)) active.delete(name);
    inherited = named;
  }
  return [...active].flatMap(([name, filter]) => {
    const provider = providers.get(name);
    if (provider?.kind !== 'log') return [];
    return [{ provider: name, format: provider.format, ...(filter !== undefined && filter !== '' && { filter }) }];
  });
}

/** Of each field, what the most special level says. */
function tracingOf(specs: readonly Spec[], side: Side, mesh: MeshConfig): TracingPolicy | undefined {
  const rules = specs.flatMap(({ tracing = [] }) => tracing).filter(({ match }) => isForSide(match?.mode, side));
  const names = rules.map(({ providers }) => namesOf(providers)).findLast((each) => each.length > 0) ?? mesh.defaultTracing;
  const provider = names.map((name) => mesh.providers.get(name)).find((each) => each?.kind === 'spans');
  if (rules.length === 0 && provider === undefined && mesh.samplingPercent === undefined) return undefined;
  const last = <T>(pick: (rule: (typeof rules)[number]) => T | undefined) =>
    rules.map(pick).findLast((each) => each !== undefined);
  return {
    ...(provider && { exporter: provider.exporter }),
    ...(provider?.formats && { formats: provider.formats }),
    samplingPercent: last((rule) => rule.randomSamplingPercentage) ?? mesh.samplingPercent ?? defaultSamplingPercent,
    isReported: last((rule) => rule.disableSpanReporting) !== true,
    tags: tagsOf(last((rule) => rule.customTags) ?? {}),
  };
}

type CustomTags = NonNullable<NonNullable<Spec['tracing']>[number]['customTags']>;

function tagsOf(tags: CustomTags): Record<string, SpanTag> {
  return Object.fromEntries(
    Object.entries(tags).flatMap(([name, { literal, header }]): [string, SpanTag][] => {
      if (literal?.value !== undefined) return [[name, { literal: literal.value }]];
      if (header?.name === undefined) return [];
      const { defaultValue } = header;
      return [[name, { header: header.name.toLowerCase(), ...(defaultValue !== undefined && { default: defaultValue }) }]];
    }),
  );
}

function isForSide(mode: string | undefined, side: Side): boolean {
  return mode === undefined || mode === 'CLIENT_AND_SERVER' || mode === side.toUpperCase();
}

function namesOf(providers: readonly { name?: string }[] = []): string[] {
  return providers.flatMap(({ name }) => name ?? []);
}

function isFor({ metadata }: Telemetry, namespace: string): boolean {
  return (metadata.namespace ?? 'default') === namespace;
}

function isSelective({ spec }: Telemetry): boolean {
  return spec?.selector?.matchLabels !== undefined || targetsOf(spec).length > 0;
}

function targetsOf(spec: Telemetry['spec']): PolicyTargetRef[] {
  return [...(spec?.targetRefs ?? []), ...(spec?.targetRef === undefined ? [] : [spec.targetRef])];
}

/** Beyond what holds for the mesh. */
function holdsForPod(telemetry: Telemetry, pod: Pod): boolean {
  const { spec } = telemetry;
  const wanted = spec?.selector?.matchLabels;
  if (targetsOf(spec).length > 0) return false;
  const isNear = isFor(telemetry, pod.metadata.namespace ?? 'default');
  // A selector in the root namespace reaches into all others.
  if (wanted === undefined) return isNear && !isFor(telemetry, rootNamespace);
  if (!isNear && !isFor(telemetry, rootNamespace)) return false;
  return Object.entries(wanted).every(([name, value]) => pod.metadata.labels?.[name] === value);
}

/** There is one gateway, and every Gateway stands for it. */
function isForGateway({ spec }: Telemetry): boolean {
  return targetsOf(spec).some(({ kind }) => kind === 'Gateway') || spec?.selector?.matchLabels?.istio === 'ingressgateway';
}

function warnOfProviders(telemetry: Telemetry, { providers }: MeshConfig, warn: Warn): void {
  const { accessLogging = [], tracing = [] } = telemetry.spec ?? {};
  const check = (kind: 'log' | 'spans', names: readonly string[]) => {
    for (const name of names.filter((each) => providers.get(each)?.kind !== kind)) {
      const what = kind === 'log' ? 'access logs' : 'spans';
      warn(
        `Telemetry ${nameOf(telemetry)}: "${name}" is no provider of ${what} in the ConfigMap ${rootNamespace}/istio (extensionProviders)`,
      );
    }
  };
  check(
    'log',
    accessLogging.flatMap((rule) => namesOf(rule.providers)),
  );
  check(
    'spans',
    tracing.flatMap((rule) => namesOf(rule.providers)),
  );
}

function targetFinder(services: readonly Service[]): FindTarget {
  return (host, port, warn) => {
    const named = serviceOfHost(host, rootNamespace);
    const service = services.find(
      ({ metadata }) => metadata.name === named?.name && (metadata.namespace ?? 'default') === named.namespace,
    );
    const hasPort = service?.spec?.ports?.some((each) => each.port === port) === true;
    if (named !== undefined && hasPort) return { cluster: clusterKey(named, port) };
    if (host === 'localhost' || /^127\.\d+\.\d+\.\d+$/.test(host)) return { host, port };
    warn(service === undefined ? `the service ${host} is not there` : `the service ${host} has no port ${port}`);
    return undefined;
  };
}
