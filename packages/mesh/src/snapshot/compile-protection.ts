/**
 * What requests have to pass at the gateway and at each cluster: RequestAuthentications, AuthorizationPolicies and the rate limits of
 * EnvoyFilters, brought to the places they hold for.
 */
import type { AuthorizationPolicy, ConfigMap, EnvoyFilter, RequestAuthentication } from '@hikyaku/resources';
import { whyNoConnections } from '../security/authorization.ts';
import { compileAuthorization } from './authorization-policies.ts';
import { globalRateLimits } from './global-rate-limits.ts';
import { byAge, nameOf } from './names.ts';
import type { ProtectedPlace, Protection, RateLimits } from './protection.ts';
import { compileRateLimits, isGatewayPort, rateLimitsOfPlace, rateLimitsOfRoute } from './rate-limits.ts';
import type { CompiledRateLimits } from './rate-limits.ts';
import { compileJwtRules } from './request-authentications.ts';
import type { Destination, ServiceListener, VirtualHost } from './snapshot.ts';
import { scopeOf, scopeOfFilter, Workloads } from './workloads.ts';
import type { Places, WorkloadResources } from './workloads.ts';

/** Absent: none. */
export interface ProtectionResources {
  requestAuthentications?: readonly RequestAuthentication[];
  authorizationPolicies?: readonly AuthorizationPolicy[];
  envoyFilters?: readonly EnvoyFilter[];
  /** Read for the limits of the rate limit service. */
  configMaps?: readonly ConfigMap[];
}

type Warn = (message: string) => void;

export interface CompiledProtection {
  /** Without those that carry bytes where policies let nobody connect: they are not listened on, so connections are refused. */
  admitting: (listeners: ServiceListener[]) => ServiceListener[];
  /** Connections carried as bytes to such a cluster, from wherever, are reset instead. */
  guardBytes: <T extends { destinations: Destination[] }>(route: T) => T;
  /** Absent when nothing has to be passed anywhere. */
  protection?: Protection;
  /** Gives the routes of one of the gateway's ports, called so by Gateways, the rate limits that are theirs alone. */
  limitRoutes: (virtualHosts: VirtualHost[], port: number | undefined) => VirtualHost[];
}

export function compileProtection(
  resources: ProtectionResources & Omit<WorkloadResources, 'clusters'>,
  clusters: WorkloadResources['clusters'],
  warn: Warn,
): CompiledProtection {
  const { requestAuthentications = [], authorizationPolicies = [], envoyFilters = [], configMaps = [] } = resources;
  if (requestAuthentications.length + authorizationPolicies.length + envoyFilters.length === 0)
    return { limitRoutes: (virtualHosts) => virtualHosts, admitting: (listeners) => listeners, guardBytes: (route) => route };
  const draft = new Draft({ ...resources, clusters }, warn);
  for (const policy of [...requestAuthentications].sort(byAge)) draft.addAuthentication(policy);
  for (const policy of [...authorizationPolicies].sort(byAge)) draft.addAuthorization(policy);
  const limits = compileRateLimits(envoyFilters, globalRateLimits({ ...resources, configMaps }), warn);
  draft.addRateLimits(limits);
  const protection = draft.result(limits);
  return {
    protection,
    limitRoutes: (virtualHosts, port) => draft.withRouteLimits(virtualHosts, port),
    admitting: (listeners) =>
      listeners.filter(({ cluster, protocol }) => protocol === 'http' || admitsBytes(cluster, protection, warn)),
    guardBytes: (route) => ({
      ...route,
      destinations: route.destinations.map((destination) =>
        admitsBytes(destination.cluster, protection, warn) ? destination : { ...destination, cluster: nowhere },
      ),
    }),
  };
}

/** The key of no cluster. */
const nowhere = '';

function admitsBytes(cluster: string, protection: Protection, warn: Warn): boolean {
  const place = protection.clusters[cluster];
  if (place === undefined) return true;
  const policies = (place.authorizations ?? []).flatMap((name) => {
    const rules = protection.authorizations[name];
    return rules === undefined ? [] : [{ name, rules }];
  });
  const why = whyNoConnections(policies, place.ports);
  if (why === undefined) return true;
  warn(
    `${cluster} is carried as bytes, in which requests cannot be judged: nobody can connect, because ${why} (name the port http if it speaks it)`,
  );
  return false;
}

type Patches = CompiledRateLimits['filters'][number]['patches'];

/** Collects place by place. */
class Draft {
  readonly #resources: WorkloadResources;
  readonly #workloads: Workloads;
  readonly #warn: Warn;
  readonly #authentications: Protection['authentications'] = {};
  readonly #authorizations: Protection['authorizations'] = {};
  readonly #clusters = new Map<string, ProtectedPlace>();
  #gateway: ProtectedPlace | undefined;
  readonly #gatewayPatches: Pick<Patches[number], 'port' | 'patch'>[] = [];
  readonly #clusterPatches = new Map<string, Patches[number]['patch'][]>();

  constructor(resources: WorkloadResources, warn: Warn) {
    this.#resources = resources;
    this.#workloads = new Workloads(resources, warn);
    this.#warn = warn;
  }

  addAuthentication(policy: RequestAuthentication): void {
    const rules = compileJwtRules(policy, this.#warn);
    if (rules.length === 0) return;
    this.#authentications[nameOf(policy)] = rules;
    this.#hold(this.#workloads.select(scopeOf(policy, policy.spec)), (place) =>
      (place.authentications ??= []).push(nameOf(policy)),
    );
  }

  addAuthorization(policy: AuthorizationPolicy): void {
    const rules = compileAuthorization(policy, this.#warn);
    if (rules === undefined) return;
    this.#authorizations[nameOf(policy)] = rules;
    this.#hold(this.#workloads.select(scopeOf(policy, policy.spec)), (place) =>
      (place.authorizations ??= []).push(nameOf(policy)),
    );
  }

  addRateLimits({ filters }: CompiledRateLimits): void {
    for (const { filter, patches } of filters) {
      const places = this.#workloads.select(scopeOfFilter(filter));
      for (const { contexts, port, patch } of patches) {
        if (places.gateway && contexts.has('gateway')) this.#gatewayPatches.push({ patch, ...(port !== undefined && { port }) });
        if (!contexts.has('inbound')) continue;
        for (const key of places.clusters) {
          if (port !== undefined && !this.#portsOf(key).includes(port)) continue;
          this.#clusterPatches.set(key, [...(this.#clusterPatches.get(key) ?? []), patch]);
        }
      }
    }
    const atGateway = rateLimitsOfPlace(this.#patchesAt(undefined), (vhost) => vhost === '');
    if (atGateway !== undefined) this.#gatewayPlace().rateLimits = atGateway;
    for (const [key, patches] of this.#clusterPatches) {
      const isInbound = (vhost: string) => vhost === '' || this.#portsOf(key).some((each) => vhost === `inbound|http|${each}`);
      const atCluster = rateLimitsOfPlace(patches, isInbound);
      if (atCluster !== undefined) this.#clusterPlace(key).rateLimits = atCluster;
    }
  }

  result({ local, global }: CompiledRateLimits): Protection {
    return {
      authentications: this.#authentications,
      authorizations: this.#authorizations,
      localRateLimits: local,
      globalRateLimits: global,
      ...(this.#gateway && { gateway: this.#gateway }),
      clusters: Object.fromEntries(this.#clusters),
    };
  }

  withRouteLimits(virtualHosts: VirtualHost[], port: number | undefined): VirtualHost[] {
    const patches = this.#patchesAt(port);
    if (patches.length === 0) return virtualHosts;
    const common = JSON.stringify(this.#gateway?.rateLimits ?? {});
    return virtualHosts.map(({ domain, routes }) => ({
      domain,
      routes: routes.map((route) => {
        const rateLimits: RateLimits = rateLimitsOfRoute(patches, domain, route) ?? {};
        return JSON.stringify(rateLimits) === common ? route : { ...route, policies: { ...route.policies, rateLimits } };
      }),
    }));
  }

  /** Undefined: those for all of the gateway's ports. */
  #patchesAt(port: number | undefined): Patches[number]['patch'][] {
    const isHere = (wanted: number | undefined) => wanted === undefined || (port !== undefined && isGatewayPort(wanted, port));
    return this.#gatewayPatches.filter((each) => isHere(each.port)).map(({ patch }) => patch);
  }

  #hold({ gateway, clusters }: Places, add: (place: ProtectedPlace) => void): void {
    if (gateway) add(this.#gatewayPlace());
    for (const key of clusters) add(this.#clusterPlace(key));
  }

  #gatewayPlace(): ProtectedPlace {
    const ports = this.#resources.gateways.flatMap(({ spec }) => (spec?.servers ?? []).flatMap(({ port }) => port?.number ?? []));
    this.#gateway ??= { ports: [...new Set(ports)] };
    return this.#gateway;
  }

  #clusterPlace(key: string): ProtectedPlace {
    const place = this.#clusters.get(key) ?? { ports: this.#workloadPorts(key) };
    this.#clusters.set(key, place);
    return place;
  }

  /** AuthorizationPolicies mean the port the workload listens on. */
  #workloadPorts(key: string): number[] {
    const ports = (this.#resources.clusters[key]?.endpoints ?? []).map(({ port }) => port);
    return ports.length === 0 ? [servicePort(key)] : [...new Set(ports)];
  }

  #portsOf(key: string): number[] {
    return [...this.#workloadPorts(key), servicePort(key)];
  }
}

/** Of `name.namespace:port/subset`. */
function servicePort(key: string): number {
  return Number(/:(\d+)(?:\/|$)/.exec(key)?.[1] ?? 0);
}
