/**
 * ServiceEntries become clusters, and listeners on the addresses that programs of this system are given for their hosts. DestinationRules hold for
 * them as for Services.
 */
import { serviceEntryAddresses } from '@hikyaku/resources';
import type { Pod, Service, ServiceEntry, Subset } from '@hikyaku/resources';
import { byIdentity } from '../routing/by-identity.ts';
import type { ClusterPolicies } from './cluster-policies.ts';
import type { RuleContext } from './clusters.ts';
import type { MergedRule } from './destination-rules.ts';
import { entryClusterKey } from './destinations.ts';
import { entryEndpoints, leadsByName } from './entry-endpoints.ts';
import type { EntryPort } from './entry-endpoints.ts';
import { serviceOfHost } from './hosts.ts';
import { nameOf, namespaceOf } from './names.ts';
import { entryPortProtocol } from './protocol.ts';
import type { Cluster, ServiceListener } from './snapshot.ts';
import { policiesOf } from './traffic-policy.ts';

export interface ServiceEntryResources {
  /** Absent: none. */
  serviceEntries?: readonly ServiceEntry[];
  services: readonly Service[];
  pods: readonly Pod[];
}

export interface CompiledServiceEntries {
  /** By host and port, as destinations name them: `api.example.com:443`; a subset has its name behind a slash. */
  clusters: Record<string, Cluster>;
  listeners: ServiceListener[];
}

export function compileServiceEntries(
  { serviceEntries = [], services, pods }: ServiceEntryResources,
  context: RuleContext,
): CompiledServiceEntries {
  const compiled: CompiledServiceEntries = { clusters: {}, listeners: [] };
  const known = new Set(services.map(nameOf));
  const addresses = serviceEntryAddresses(serviceEntries);
  for (const entry of serviceEntries) sayWhoseHostsTheyAre(entry, addresses, context.warn);
  for (const [host, { address, entry }] of addresses) {
    const whyNot = whyNotServed(host, entry, known);
    if (whyNot !== undefined) {
      context.warn(`ServiceEntry ${nameOf(entry)}: host ${host} ${whyNot}`);
      continue;
    }
    const rule = context.rules.forHost(host, namespaceOf(entry));
    for (const port of entry.spec?.ports ?? []) {
      if (!isReachable(port, host, entry, context.warn)) continue;
      for (const subset of [undefined, ...(rule?.subsets ?? [])])
        compiled.clusters[entryClusterKey(host, port.number, subset?.name)] = compileCluster({
          ...{ entry, host, port, pods, rule, subset, context },
        });
      const cluster = entryClusterKey(host, port.number);
      const protocol = entryPortProtocol(port) === 'tcp' ? 'tcp' : 'http';
      compiled.listeners.push({ address, port: port.number, service: host, cluster, protocol });
    }
  }
  return compiled;
}

/** The ports of every host that has an address, for destinations that name it. The same for the same entries. */
export const entryPortsOf = byIdentity((entries: readonly ServiceEntry[]): ReadonlyMap<string, readonly number[]> => {
  const found = [...serviceEntryAddresses(entries)];
  return new Map(found.map(([host, { entry }]) => [host, (entry.spec?.ports ?? []).map(({ number }) => number)]));
});

interface EntryCluster {
  entry: ServiceEntry;
  host: string;
  port: EntryPort;
  pods: readonly Pod[];
  rule: MergedRule | undefined;
  /** Undefined for the whole. */
  subset: Subset | undefined;
  context: RuleContext;
}

function compileCluster({ rule, context, ...asked }: EntryCluster): Cluster {
  const { entry, host, port, subset } = asked;
  const certificates = { ...context, subjectAltNames: entry.spec?.subjectAltNames };
  const policies: ClusterPolicies = rule === undefined ? {} : policiesOf(rule, subset, port.number, certificates);
  const { locality, ...others } = policies;
  const isDynamic = leadsByName(entry, host);
  const endpoints = isDynamic ? [] : entryEndpoints({ ...asked, locality });
  const isPlaced = endpoints.some((endpoint) => endpoint.locality !== undefined || endpoint.labels !== undefined);
  const speaksHttp2 = entryPortProtocol(port) === 'http2' || (isHttp(port) && others.connectionPool?.h2Upgrade === true);
  return {
    service: subset === undefined ? host : `${host} (subset ${subset.name})`,
    endpoints,
    ...(isDynamic && { byName: { hosts: host, port: port.targetPort ?? port.number } }),
    ...(speaksHttp2 && { protocol: 'http2' }),
    ...others,
    ...(locality && isPlaced && { locality }),
    ...(isDynamic && { unavailable: 'the request is for no host that it covers' }),
    ...(endpoints.length === 0 && !isDynamic && { unavailable: 'its ServiceEntry has no endpoint that is ready' }),
  };
}

function isHttp(port: EntryPort): boolean {
  return entryPortProtocol(port) === 'http';
}

function sayWhoseHostsTheyAre(
  entry: ServiceEntry,
  addresses: ReturnType<typeof serviceEntryAddresses>,
  warn: (message: string) => void,
): void {
  for (const written of entry.spec?.hosts ?? []) {
    const owner = addresses.get(written.toLowerCase())?.entry;
    if (owner !== undefined && owner !== entry)
      warn(`ServiceEntry ${nameOf(entry)}: host ${written} is that of ServiceEntry ${nameOf(owner)} already, which is older`);
  }
}

function whyNotServed(host: string, entry: ServiceEntry, services: ReadonlySet<string>): string | undefined {
  const { resolution = 'NONE', endpoints = [] } = entry.spec ?? {};
  const service = serviceOfHost(host, namespaceOf(entry));
  if (host.includes('.') && service !== undefined && services.has(`${service.namespace}/${service.name}`))
    return 'is a Service already, so the entry is left out';
  if (host.startsWith('*') && resolution.startsWith('DNS') && endpoints.length === 0)
    return `is a wildcard, which cannot be looked up: it needs endpoints, or resolution NONE instead of ${resolution}`;
  return undefined;
}

/** Of connections that carry anything, nothing says which of many names was meant. */
function isReachable(port: EntryPort, host: string, entry: ServiceEntry, warn: (message: string) => void): boolean {
  const tellsName = isTls(port) || entryPortProtocol(port) !== 'tcp';
  if (tellsName || !leadsByName(entry, host)) return true;
  warn(
    `ServiceEntry ${nameOf(entry)}: port ${port.number} of host ${host} is left out: ${port.protocol ?? 'TCP'} does not say which name is meant`,
  );
  return false;
}

function isTls({ protocol = '' }: EntryPort): boolean {
  return ['TLS', 'HTTPS'].includes(protocol.toUpperCase());
}
