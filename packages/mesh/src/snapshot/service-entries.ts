/**
 * ServiceEntries become clusters, and listeners on the addresses that programs of this system are given for their hosts. With NONE and DNS
 * an endpoint may be a name, which is looked up for every new connection.
 */
import { serviceEntryAddresses } from '@hikyaku/resources';
import type { Pod, Service, ServiceEntry } from '@hikyaku/resources';
import { byIdentity } from '../routing/by-identity.ts';
import { serviceOfHost } from './hosts.ts';
import { nameOf, namespaceOf } from './names.ts';
import type { Cluster, Endpoint, ServiceListener } from './snapshot.ts';

export interface ServiceEntryResources {
  /** Absent: none. */
  serviceEntries?: readonly ServiceEntry[];
  services: readonly Service[];
  pods: readonly Pod[];
}

export interface CompiledServiceEntries {
  /** By host and port, as destinations name them: `api.example.com:443`. */
  clusters: Record<string, Cluster>;
  listeners: ServiceListener[];
}

type EntryPort = NonNullable<NonNullable<ServiceEntry['spec']>['ports']>[number];

export function compileServiceEntries(
  { serviceEntries = [], services, pods }: ServiceEntryResources,
  warn: (message: string) => void,
): CompiledServiceEntries {
  const compiled: CompiledServiceEntries = { clusters: {}, listeners: [] };
  const known = new Set(services.map(nameOf));
  const addresses = serviceEntryAddresses(serviceEntries);
  for (const entry of serviceEntries) sayWhatIsLeftOut(entry, addresses, warn);
  for (const [host, { address, entry }] of addresses) {
    const service = serviceOfHost(host, namespaceOf(entry));
    if (host.includes('.') && service !== undefined && known.has(`${service.namespace}/${service.name}`)) {
      warn(`ServiceEntry ${nameOf(entry)}: host ${host} is a Service already, so the entry is left out`);
      continue;
    }
    for (const port of entry.spec?.ports ?? []) {
      const cluster = `${host}:${port.number}`;
      const endpoints = endpointsOf(entry, host, port, pods);
      const unavailable = 'its ServiceEntry has no endpoint that is ready';
      compiled.clusters[cluster] = { service: host, endpoints, ...(endpoints.length === 0 && { unavailable }) };
      compiled.listeners.push({ address, port: port.number, service: host, cluster, protocol: protocolOf(port) });
    }
  }
  return compiled;
}

/** The ports of every host that has an address, for destinations that name it. The same for the same entries. */
export const entryPortsOf = byIdentity((entries: readonly ServiceEntry[]): ReadonlyMap<string, readonly number[]> => {
  const found = [...serviceEntryAddresses(entries)];
  return new Map(found.map(([host, { entry }]) => [host, (entry.spec?.ports ?? []).map(({ number }) => number)]));
});

function sayWhatIsLeftOut(
  entry: ServiceEntry,
  addresses: ReturnType<typeof serviceEntryAddresses>,
  warn: (message: string) => void,
): void {
  for (const written of entry.spec?.hosts ?? []) {
    const owner = addresses.get(written.toLowerCase())?.entry;
    if (written.startsWith('*'))
      warn(
        `ServiceEntry ${nameOf(entry)}: host ${written} is a wildcard, whose names cannot be given an address; name each host`,
      );
    else if (owner !== undefined && owner !== entry)
      warn(`ServiceEntry ${nameOf(entry)}: host ${written} is that of ServiceEntry ${nameOf(owner)} already, which is older`);
  }
}

function protocolOf({ protocol = '' }: EntryPort): ServiceListener['protocol'] {
  return protocol.toUpperCase() === 'HTTP' ? 'http' : 'tcp';
}

function endpointsOf(entry: ServiceEntry, host: string, port: EntryPort, pods: readonly Pod[]): Endpoint[] {
  const { endpoints = [], workloadSelector, addresses = [], resolution = 'NONE' } = entry.spec ?? {};
  const target = port.targetPort ?? port.number;
  if (workloadSelector !== undefined) return selectedPods(entry, pods).map((address) => ({ address, port: target }));
  const written = endpoints.flatMap(({ address, ports }) =>
    address === undefined ? [] : [{ address, port: ports?.[port.name] ?? target }],
  );
  if (written.length > 0 || resolution === 'STATIC') return written;
  // Where programs would have gone by themselves. An address of this machine would be our own listener's.
  const outside = addresses.filter((address) => !address.startsWith('127.') && !address.includes('/'));
  return (resolution === 'NONE' && outside.length > 0 ? outside : [host]).map((address) => ({ address, port: target }));
}

function selectedPods(entry: ServiceEntry, pods: readonly Pod[]): string[] {
  const wanted = Object.entries(entry.spec?.workloadSelector?.labels ?? {});
  return pods
    .filter((pod) => namespaceOf(pod) === namespaceOf(entry) && isReady(pod))
    .flatMap(({ metadata, status }) => {
      const isSelected = wanted.every(([name, value]) => metadata.labels?.[name] === value);
      return isSelected && status?.podIP !== undefined && status.podIP !== '' ? [status.podIP] : [];
    });
}

function isReady({ metadata, status }: Pod): boolean {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return metadata.deletionTimestamp === undefined && ready?.status === 'True';
}
