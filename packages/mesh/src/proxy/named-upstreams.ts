/**
 * The endpoints of a cluster that leads wherever its requests say: one for each host that was named, as long as it is used. Envoy calls it a
 * dynamic forward proxy.
 */
import { covers } from '../snapshot/hosts.ts';
import type { Upstream } from './upstream.ts';

/** Names come from callers: whoever makes them up must not fill the memory. */
const limit = 256;

export class NamedUpstreams {
  readonly #hosts: string;
  readonly #make: (host: string) => Upstream;
  readonly #onChange: () => void;
  /** The least recently used first. */
  readonly #known = new Map<string, Upstream>();

  /** `hosts` is the wildcard that names have to be covered by. `onChange` is called when an endpoint has come or gone. */
  constructor(hosts: string, make: (host: string) => Upstream, onChange: () => void) {
    this.#hosts = hosts;
    this.#make = make;
    this.#onChange = onChange;
  }

  get all(): Upstream[] {
    return [...this.#known.values()];
  }

  /** Undefined where the request names no host of this cluster, or one that is ejected. */
  pick(host: string | undefined): Upstream | undefined {
    if (host === undefined || !covers(this.#hosts, host)) return undefined;
    const known = this.#known.get(host);
    if (known === undefined) return this.#add(host);
    this.#known.delete(host);
    this.#known.set(host, known);
    return known.isOpen ? known : undefined;
  }

  /** Forgets all; requests under way finish. */
  retire(): void {
    for (const upstream of this.#known.values()) upstream.retire();
    this.#known.clear();
  }

  #add(host: string): Upstream {
    if (this.#known.size >= limit) this.#makeRoom();
    const made = this.#make(host);
    this.#known.set(host, made);
    this.#onChange();
    return made;
  }

  #makeRoom(): void {
    for (const [host, upstream] of this.#known) {
      if (upstream.active > 0) continue;
      this.#known.delete(host);
      upstream.retire();
      return;
    }
  }
}
