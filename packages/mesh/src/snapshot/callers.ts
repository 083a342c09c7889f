/**
 * Who calls, by Pod address, for rules that ask for the caller's labels or namespace. Where no rule does, nobody needs to know.
 */
import type { Pod } from '@hikyaku/resources';
import type { Caller, Snapshot } from './snapshot.ts';

/** Undefined when no rule of the snapshot looks at the caller. */
export function compileCallers(
  pods: readonly Pod[],
  { serviceRoutes, callerRoutes, tcpRoutes }: Pick<Snapshot, 'serviceRoutes' | 'callerRoutes' | 'tcpRoutes'>,
): Record<string, Caller> | undefined {
  const matches = [
    ...Object.values(serviceRoutes).flatMap((routes) => routes.flatMap((route) => route.matches)),
    ...Object.values(tcpRoutes ?? {}).flatMap((routes) => routes.flatMap((route) => route.matches)),
  ];
  if (callerRoutes === undefined && matches.every(({ source }) => source === undefined)) return undefined;
  const callers: Record<string, Caller> = {};
  for (const { metadata, status } of pods) {
    const { podIP, phase } = status ?? {};
    if (podIP === undefined || podIP === '' || phase === 'Succeeded' || phase === 'Failed') continue;
    callers[podIP] = { namespace: metadata.namespace ?? 'default', labels: metadata.labels ?? {} };
  }
  return callers;
}
