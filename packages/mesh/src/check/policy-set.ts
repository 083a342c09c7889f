/**
 * The policies of a set of manifests, and what they may hold for: Services, the gateway, and the Pods that workloads will have.
 */
import {
  AuthorizationPolicies,
  ConfigMaps,
  Deployments,
  EnvoyFilters,
  Gateways,
  KubernetesGateways,
  Pods,
  ReplicaSets,
  RequestAuthentications,
  Services,
  StatefulSets,
} from '@hikyaku/resources';
import type {
  AuthorizationPolicy,
  ConfigMap,
  Deployment,
  EnvoyFilter,
  Gateway,
  KubernetesGateway,
  Kind,
  Pod,
  ReplicaSet,
  RequestAuthentication,
  Resource,
  Service,
  SetMember,
  StatefulSet,
} from '@hikyaku/resources';
import { compileClusters } from '../snapshot/clusters.ts';
import { DestinationRules } from '../snapshot/destination-rules.ts';
import { Workloads } from '../snapshot/workloads.ts';
import { membersOf } from './routing-set.ts';
import type { Member } from './routing-set.ts';

export interface PolicySet {
  requestAuthentications: Member<RequestAuthentication>[];
  authorizationPolicies: Member<AuthorizationPolicy>[];
  envoyFilters: Member<EnvoyFilter>[];
  services: Service[];
  gateways: Gateway[];
  kubernetesGateways: KubernetesGateway[];
  configMaps: ConfigMap[];
  /** One for each workload, as its template says. */
  pods: Pod[];
  workloads: Workloads;
}

const nobody = () => undefined;

export function policySet(set: readonly SetMember[]): PolicySet {
  const all = <R extends Resource>(kind: Kind<R>): R[] => membersOf(set, kind).map(({ resource }) => resource);
  const [services, gateways] = [all(Services), all(Gateways)];
  const templated = [...all(Deployments), ...all(ReplicaSets), ...all(StatefulSets)];
  const pods = [...all(Pods), ...templated.map(podOf)];
  const context = { rules: new DestinationRules([], nobody), secrets: new Map<string, never>(), warn: nobody };
  const { clusters } = compileClusters({ services, endpointSlices: [], pods }, context);
  return {
    requestAuthentications: membersOf(set, RequestAuthentications),
    authorizationPolicies: membersOf(set, AuthorizationPolicies),
    envoyFilters: membersOf(set, EnvoyFilters),
    ...{ services, gateways, pods },
    kubernetesGateways: all(KubernetesGateways),
    configMaps: all(ConfigMaps),
    workloads: new Workloads({ services, pods, gateways, clusters }, nobody),
  };
}

function podOf({ metadata, spec }: Deployment | ReplicaSet | StatefulSet): Pod {
  const { name, namespace = 'default' } = metadata;
  const { template } = spec ?? {};
  const labels = template?.metadata?.labels ?? {};
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, labels }, ...(template?.spec && { spec: template.spec }) };
}
