/**
 * From which namespaces a VirtualService is seen (`exportTo`): `.` is its own, `*` or nothing said is all.
 */
import type { VirtualService } from '@hikyaku/resources';
import { namespaceOf } from './names.ts';

/** The namespaces it is seen from, or undefined for all. */
export function exportedTo(virtualService: VirtualService): string[] | undefined {
  const { exportTo = [] } = virtualService.spec ?? {};
  if (exportTo.length === 0 || exportTo.includes('*')) return undefined;
  return exportTo
    .map((namespace) => (namespace === '.' ? namespaceOf(virtualService) : namespace))
    .filter((name) => name !== '~');
}

export function isVisibleFrom(virtualService: VirtualService, namespace: string): boolean {
  return exportedTo(virtualService)?.includes(namespace) ?? true;
}
