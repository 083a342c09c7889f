/**
 * Istio's ServiceEntry (networking.istio.io, 1.27), typed, and the addresses its hosts have here. What may be written is said by the
 * schema, not here.
 */
import { createHash } from 'node:crypto';
import type { Resource } from './model.ts';

export type ServiceEntry = Resource<ServiceEntrySpec>;

export interface ServiceEntrySpec {
  hosts: string[];
  addresses?: string[];
  ports?: ServiceEntryPort[];
  location?: 'MESH_EXTERNAL' | 'MESH_INTERNAL';
  /** Absent: NONE. */
  resolution?: 'NONE' | 'STATIC' | 'DNS' | 'DNS_ROUND_ROBIN';
  endpoints?: ServiceEntryEndpoint[];
  workloadSelector?: { labels?: Record<string, string> };
  exportTo?: string[];
  /** Whom certificates have to be for, where a DestinationRule encrypts and does not say. */
  subjectAltNames?: string[];
}

export interface ServiceEntryPort {
  number: number;
  protocol?: string;
  name: string;
  targetPort?: number;
}

export interface ServiceEntryEndpoint {
  address?: string;
  /** By the name of the entry's port. */
  ports?: Record<string, number>;
  labels?: Record<string, string>;
  weight?: number;
  /** `region/zone/subzone`. */
  locality?: string;
}

/**
 * Where programs reach each host: the first at the entry's own address if it is one of this machine's, all others at one in 127.240.0.0/16 that
 * depends on the entry's uid and the host, as Istio takes 240.240.0.0/16. Of several entries for one host the oldest counts. A wildcard
 * (`*.example.com`) has one for all its names; `*` has none.
 */
export function serviceEntryAddresses(entries: readonly ServiceEntry[]): Map<string, { address: string; entry: ServiceEntry }> {
  const found = new Map<string, { address: string; entry: ServiceEntry }>();
  const taken = new Set<string>();
  for (const entry of [...entries].sort(byAge)) {
    let own = entry.spec?.addresses?.find((address) => /^127\.\d+\.\d+\.\d+$/.test(address));
    for (const host of (entry.spec?.hosts ?? []).map((each) => each.toLowerCase())) {
      if (host === '*' || found.has(host)) continue;
      const address = own ?? freeAddress(`${entry.metadata.uid ?? entry.metadata.name}/${host}`, taken);
      // Two hosts at one address would be listened for twice.
      own = undefined;
      taken.add(address);
      found.set(host, { address, entry });
    }
  }
  return found;
}

function byAge(a: ServiceEntry, b: ServiceEntry): number {
  const keyOf = ({ metadata }: ServiceEntry) =>
    `${metadata.creationTimestamp ?? ''} ${metadata.namespace ?? ''}/${metadata.name}`;
  return keyOf(a).localeCompare(keyOf(b));
}

/** A last octet of 0 or 255 is legal, but looks like a mistake in every log. */
function freeAddress(name: string, taken: ReadonlySet<string>): string {
  const seed = createHash('sha256').update(name).digest().readUInt32BE(0);
  for (let step = 0; ; step++) {
    const offset = (seed + step) % (256 * 254);
    const address = `127.240.${Math.floor(offset / 254)}.${(offset % 254) + 1}`;
    if (!taken.has(address)) return address;
  }
}
