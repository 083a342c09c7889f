/**
 * The names a namespace's Pods can look up, as a hosts(5) file per namespace: Services by every form of their name, headless Services by
 * their ready Pods, StatefulSet Pods by `pod.service`, hosts of ServiceEntries. It is cluster DNS without a DNS server; the preload reads the files.
 */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serviceEntryAddresses } from '@hikyaku/resources';
import type { EndpointSlice, Service, ServiceEntry } from '@hikyaku/resources';

export interface HostsFiles {
  /** Path of the file for Pods of this namespace; current with what is known when it resolves. */
  file(namespace: string): Promise<string>;
  /** Writes what changed to the files that exist. */
  refresh(): Promise<void>;
}

/** `linesFor` gives the text of the file for Pods of a namespace. */
export function createHostsFiles(directory: string, linesFor: (namespace: string) => string): HostsFiles {
  const written = new Map<string, string>();
  let last: Promise<unknown> = Promise.resolve();

  async function write(namespace: string): Promise<string> {
    const file = join(directory, namespace);
    const text = linesFor(namespace);
    if (written.get(namespace) === text) return file;
    await mkdir(directory, { recursive: true, mode: 0o700 });
    // Renamed into place: a reader sees the old file or the new one, never half of one.
    await writeFile(`${file}.new`, text, { mode: 0o644 });
    await rename(`${file}.new`, file);
    written.set(namespace, text);
    return file;
  }

  function enqueue<T>(task: () => Promise<T>): Promise<T> {
    const result = last.then(task);
    last = result.catch(() => undefined);
    return result;
  }

  return {
    file: (namespace) => enqueue(() => write(namespace)),
    refresh: () =>
      enqueue(async () => {
        for (const namespace of written.keys()) await write(namespace);
      }),
  };
}

/** A line per address; `-` instead of an address where a Service has none at the moment (see preload/hosts.cjs). */
export function formatHosts(
  namespace: string,
  services: readonly Service[],
  slices: readonly EndpointSlice[],
  entries: readonly ServiceEntry[] = [],
): string {
  const lines = services.flatMap((service) => linesOf(service, namespace, slices));
  for (const [host, { address }] of serviceEntryAddresses(entries)) lines.push(`${address} ${host}`);
  return `${lines.toSorted().join('\n')}\n`;
}

function linesOf(service: Service, viewer: string, slices: readonly EndpointSlice[]): string[] {
  const { clusterIP } = service.spec ?? {};
  const names = namesOf(service, viewer);
  if (clusterIP && clusterIP !== 'None') return [`${clusterIP} ${names.join(' ')}`];
  const ready = slices
    .filter((slice) => belongsTo(slice, service))
    .flatMap((slice) => slice.endpoints.filter((endpoint) => endpoint.conditions?.ready));
  if (ready.length === 0) return [`- ${names.join(' ')}`];
  return ready.flatMap((endpoint) => {
    const host = endpoint.hostname ?? endpoint.targetRef?.name;
    const own = host === undefined ? [] : names.map((name) => `${host}.${name}`);
    return endpoint.addresses.map((address) => `${address} ${[...names, ...own].join(' ')}`);
  });
}

function namesOf({ metadata }: Service, viewer: string): string[] {
  const { name, namespace = 'default' } = metadata;
  const qualified = `${name}.${namespace}`;
  return [...(namespace === viewer ? [name] : []), qualified, `${qualified}.svc`, `${qualified}.svc.cluster.local`];
}

function belongsTo(slice: EndpointSlice, service: Service): boolean {
  return (
    slice.metadata.namespace === service.metadata.namespace &&
    slice.metadata.labels?.['kubernetes.io/service-name'] === service.metadata.name
  );
}
