/**
 * Where a ServiceEntry leads: the endpoints it lists, the Pods it selects, or where its names lead outside. An endpoint may be a name, which is
 * looked up for every new connection.
 */
import type { Pod, ServiceEntry, Subset } from '@hikyaku/resources';
import type { LocalityPolicy } from './cluster-policies.ts';
import { namespaceOf } from './names.ts';
import { placeFor } from './places.ts';
import type { Endpoint } from './snapshot.ts';
import { isInSubset } from './subsets.ts';

export type EntryPort = NonNullable<NonNullable<ServiceEntry['spec']>['ports']>[number];

export interface EntryEndpoints {
  entry: ServiceEntry;
  host: string;
  port: EntryPort;
  pods: readonly Pod[];
  /** Undefined: all. */
  subset: Subset | undefined;
  /** What asks where endpoints are. */
  locality: LocalityPolicy | undefined;
}

export function entryEndpoints(asked: EntryEndpoints): Endpoint[] {
  const { subset, locality: policy } = asked;
  const all = labelledEndpoints(asked);
  const own = subset === undefined ? all : all.filter(({ labels }) => isInSubset(subset, labels));
  return own.map(({ labels, ...endpoint }) => ({ ...endpoint, ...(policy && placeFor(policy, labels)) }));
}

/** Whether the endpoint of a request is the host that it names: the entry says nothing of where its names lead. */
export function leadsByName({ spec }: ServiceEntry, host: string): boolean {
  const { endpoints = [], workloadSelector, resolution = 'NONE' } = spec ?? {};
  return host.startsWith('*') && resolution === 'NONE' && endpoints.length === 0 && workloadSelector === undefined;
}

type Labelled = Omit<Endpoint, 'labels'> & { labels: Record<string, string> };

function labelledEndpoints({ entry, host, port, pods }: EntryEndpoints): Labelled[] {
  const { endpoints = [], workloadSelector, addresses = [], resolution = 'NONE' } = entry.spec ?? {};
  const target = port.targetPort ?? port.number;
  if (workloadSelector !== undefined) return selectedPods(entry, pods, target);
  const written = endpoints.flatMap(({ address, ports, labels = {}, weight, locality }): Labelled[] => {
    if (address === undefined) return [];
    // The label in which Istio has a locality as a whole.
    const placed = locality === undefined || locality === '' ? labels : { ...labels, 'istio-locality': locality };
    const share = weight === undefined || weight === 0 ? {} : { weight };
    return [{ address, port: ports?.[port.name] ?? target, labels: placed, ...share }];
  });
  if (written.length > 0 || resolution === 'STATIC') return written;
  // Where programs would have gone by themselves. An address of this machine would be our own listener's.
  const outside = addresses.filter((address) => !address.startsWith('127.') && !address.includes('/'));
  const places = resolution === 'NONE' && outside.length > 0 ? outside : [host];
  return places.map((address) => ({ address, port: target, labels: {} }));
}

function selectedPods(entry: ServiceEntry, pods: readonly Pod[], port: number): Labelled[] {
  const wanted = { labels: entry.spec?.workloadSelector?.labels ?? {} };
  return pods
    .filter((pod) => namespaceOf(pod) === namespaceOf(entry) && isReady(pod))
    .flatMap(({ metadata: { labels = {} }, status }) => {
      const isSelected = isInSubset(wanted, labels) && status?.podIP !== undefined && status.podIP !== '';
      return isSelected ? [{ address: status.podIP ?? '', port, labels }] : [];
    });
}

function isReady({ metadata, status }: Pod): boolean {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return metadata.deletionTimestamp === undefined && ready?.status === 'True';
}
