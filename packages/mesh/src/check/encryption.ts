/**
 * What DestinationRules say of TLS and cannot be carried out: found as it is when they are compiled, at its place.
 */
import { fieldError } from '@hikyaku/resources';
import type { DestinationRule, FieldPath, PolicyParts, SetFinding, TrafficPolicy } from '@hikyaku/resources';
import { nameOf, namespaceOf } from '../snapshot/names.ts';
import { upstreamTlsOf } from '../snapshot/upstream-tls.ts';
import type { RoutingSet } from './routing-set.ts';

/** Warnings: a Secret may have been applied before. */
export function encryptionFindings({ destinationRules, secrets }: RoutingSet): SetFinding[] {
  const known = new Map(secrets.map(({ resource }) => [nameOf(resource), resource]));
  return destinationRules.flatMap(({ index, resource }) =>
    writtenTls(resource).flatMap(({ tls, segments }): SetFinding[] => {
      const found: SetFinding[] = [];
      const warn = (why: string) =>
        void found.push({ index, severity: 'warning', error: fieldError(segments, `is not carried out as written: ${why}`) });
      upstreamTlsOf(tls, { namespace: namespaceOf(resource), secrets: known, warn });
      return found;
    }),
  );
}

interface WrittenTls {
  tls: NonNullable<PolicyParts['tls']>;
  segments: FieldPath;
}

function writtenTls({ spec }: DestinationRule): WrittenTls[] {
  const { trafficPolicy, subsets = [] } = spec ?? {};
  return [
    ...ofPolicy(trafficPolicy, ['spec', 'trafficPolicy']),
    ...subsets.flatMap((subset, position) => ofPolicy(subset.trafficPolicy, ['spec', 'subsets', position, 'trafficPolicy'])),
  ];
}

function ofPolicy({ tls, portLevelSettings = [] }: TrafficPolicy = {}, segments: FieldPath): WrittenTls[] {
  const ofPorts = portLevelSettings.map((settings, position) => ({
    tls: settings.tls,
    segments: [...segments, 'portLevelSettings', position, 'tls'],
  }));
  return [{ tls, segments: [...segments, 'tls'] }, ...ofPorts].flatMap((written) =>
    written.tls === undefined ? [] : [{ tls: written.tls, segments: written.segments }],
  );
}
