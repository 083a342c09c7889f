/**
 * Where a policy holds. Istio selects workloads by their labels; here requests are judged before a Pod is chosen, so a policy that
 * selects a Pod holds for the whole cluster (Service port or subset) behind which that Pod stands.
 */
import { matchesSelector } from '@hikyaku/resources';
import type { EnvoyFilter, Gateway, ObjectMeta, Pod, PolicyTargetRef, PolicyTargets, Service } from '@hikyaku/resources';
import { clusterKey, tcpPorts } from './clusters.ts';
import { nameOf } from './names.ts';
import type { Cluster } from './snapshot.ts';

/** Istio's root namespace: what is written there holds in all of them. */
const rootNamespace = 'istio-system';

/** Where people put the gateway's Pods, of which there are none here. */
const gatewayNamespaces = [rootNamespace, 'istio-ingress'];
const gatewayNameLabel = 'gateway.networking.k8s.io/gateway-name';
const gatewayLabels = { istio: 'ingressgateway', app: 'istio-ingressgateway' };

export interface PolicyScope {
  /** For messages: `RequestAuthentication shop/jwt`. */
  name: string;
  namespace: string;
  /** Empty: all workloads of the namespace. */
  labels: Record<string, string>;
  /** Count in place of labels. */
  targets: PolicyTargetRef[];
}

export interface Places {
  gateway: boolean;
  /** Cluster keys. */
  clusters: string[];
}

export interface WorkloadResources {
  services: readonly Service[];
  pods: readonly Pod[];
  gateways: readonly Gateway[];
  clusters: Readonly<Record<string, Cluster>>;
}

export function scopeOf(policy: { kind: string; metadata: ObjectMeta }, spec: PolicyTargets = {}): PolicyScope {
  const targets = [...(spec.targetRefs ?? []), ...(spec.targetRef === undefined ? [] : [spec.targetRef])];
  return {
    name: `${policy.kind} ${nameOf(policy)}`,
    namespace: policy.metadata.namespace ?? 'default',
    labels: spec.selector?.matchLabels ?? {},
    targets,
  };
}

export function scopeOfFilter(filter: EnvoyFilter): PolicyScope {
  const { workloadSelector, targetRefs } = filter.spec ?? {};
  const selector = workloadSelector?.labels === undefined ? {} : { selector: { matchLabels: workloadSelector.labels } };
  return scopeOf(filter, { ...selector, ...(targetRefs && { targetRefs }) });
}

export class Workloads {
  readonly #resources: WorkloadResources;
  readonly #warn: (message: string) => void;
  /** By the key of the Service port: it and its subsets. */
  readonly #keys: ReadonlyMap<string, string[]>;
  readonly #podsByAddress: ReadonlyMap<string, Pod>;

  constructor(resources: WorkloadResources, warn: (message: string) => void) {
    this.#resources = resources;
    this.#warn = warn;
    this.#keys = Map.groupBy(Object.keys(resources.clusters), (key) => key.split('/')[0] ?? key);
    this.#podsByAddress = new Map(resources.pods.flatMap((pod) => (pod.status?.podIP ? [[pod.status.podIP, pod]] : [])));
  }

  /** Says so when a policy holds nowhere. */
  select(scope: PolicyScope): Places {
    const places = scope.targets.length > 0 ? this.#byTargets(scope) : this.#byLabels(scope);
    if (!places.gateway && places.clusters.length === 0) this.#warn(`${scope.name} selects no workload, so it holds nowhere`);
    return places;
  }

  #byTargets(scope: PolicyScope): Places {
    const { namespace, targets } = scope;
    let gateway = false;
    const clusters: string[] = [];
    for (const { kind, name } of targets) {
      const service = this.#resources.services.find((each) => nameOf(each) === `${namespace}/${name}`);
      if (kind === 'Gateway' || kind === 'GatewayClass') gateway = true;
      else if (kind === 'Service' && service !== undefined) clusters.push(...this.#clustersOf(service));
      else this.#warn(`${scope.name}: targetRef ${kind} ${name} is nothing that it could hold for`);
    }
    return { gateway, clusters };
  }

  #byLabels(scope: PolicyScope): Places {
    const isRoot = scope.namespace === rootNamespace;
    const isInScope = ({ metadata }: Service | Pod) => isRoot || (metadata.namespace ?? 'default') === scope.namespace;
    const services = this.#resources.services.filter(isInScope);
    if (Object.keys(scope.labels).length === 0)
      return { gateway: isRoot, clusters: services.flatMap((service) => this.#clustersOf(service)) };
    const pods = this.#resources.pods.filter((pod) => isInScope(pod) && isLabelled(pod.metadata.labels, scope.labels));
    const selected = services.filter((service) => isSelected(service, pods, scope.labels));
    return {
      gateway: this.#isGateway(scope),
      clusters: selected.flatMap((service) =>
        this.#clustersOf(service).filter((key) => this.#holdsFor(key, service, new Set(pods), scope)),
      ),
    };
  }

  /** There are no Pods of the gateway; it has the labels that Gateways select and Istio's own. */
  #isGateway({ namespace, labels }: PolicyScope): boolean {
    const { gateways } = this.#resources;
    const namespaces = [...gatewayNamespaces, ...gateways.map(({ metadata }) => metadata.namespace ?? 'default')];
    const own = [gatewayLabels, ...gateways.map(({ spec }) => spec?.selector ?? {})];
    // A Gateway of the Gateway API has Pods of its own on a cluster, in its namespace.
    const isNamed = Object.keys(labels).length === 1 && labels[gatewayNameLabel] !== undefined;
    return isNamed || (namespaces.includes(namespace) && own.some((candidate) => isLabelled(candidate, labels)));
  }

  #clustersOf(service: Service): string[] {
    const { name, namespace = 'default' } = service.metadata;
    return tcpPorts(service).flatMap(({ port }) => this.#keys.get(clusterKey({ name, namespace }, port)) ?? []);
  }

  /** A subset without a selected Pod is left alone; what is not known of an endpoint counts as selected. */
  #holdsFor(key: string, service: Service, selected: ReadonlySet<Pod>, scope: PolicyScope): boolean {
    if (isLabelled(service.spec?.selector, scope.labels)) return true;
    const endpoints = this.#resources.clusters[key]?.endpoints ?? [];
    const pods = endpoints.map(({ address }) => this.#podsByAddress.get(address));
    const isHit = (pod: Pod | undefined) => pod === undefined || selected.has(pod);
    if (pods.length > 0 && !pods.some(isHit)) return false;
    if (!pods.every(isHit))
      this.#warn(
        `${scope.name} selects some Pods of ${key} only; it holds for all of them, because requests are judged before a Pod is chosen`,
      );
    return true;
  }
}

function isSelected(service: Service, pods: readonly Pod[], labels: Record<string, string>): boolean {
  const { selector } = service.spec ?? {};
  if (selector === undefined || Object.keys(selector).length === 0) return false;
  const namespace = service.metadata.namespace ?? 'default';
  return (
    isLabelled(selector, labels) ||
    pods.some(({ metadata }) => (metadata.namespace ?? 'default') === namespace && isLabelled(metadata.labels, selector))
  );
}

function isLabelled(own: Record<string, string> | undefined, wanted: Record<string, string>): boolean {
  return matchesSelector({ matchLabels: wanted }, own ?? {});
}
