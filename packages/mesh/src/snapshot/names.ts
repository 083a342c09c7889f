/**
 * How the resources of the mesh are named and ordered.
 */
import type { VirtualService } from '@hikyaku/resources';
import { qualify } from './matches.ts';

interface Named {
  metadata: { namespace?: string; name: string; creationTimestamp?: string };
}

export function nameOf({ metadata }: Named): string {
  return `${metadata.namespace ?? 'default'}/${metadata.name}`;
}

/** Oldest first, which is Istio's order of precedence; by name where the age is the same. */
export function byAge(a: Named, b: Named): number {
  const ages = (a.metadata.creationTimestamp ?? '').localeCompare(b.metadata.creationTimestamp ?? '');
  return ages === 0 ? nameOf(a).localeCompare(nameOf(b)) : ages;
}

/** The Gateways a VirtualService is bound to, as `namespace/name`; `mesh` stands for calls between services, and is the default. */
export function gatewaysOf(virtualService: VirtualService): string[] {
  const { namespace = 'default' } = virtualService.metadata;
  const { gateways = [] } = virtualService.spec ?? {};
  return gateways.length === 0 ? ['mesh'] : gateways.map((name) => qualify(name, namespace));
}
