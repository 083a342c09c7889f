/**
 * Rate limits of EnvoyFilters that limit nothing: what is not carried out of them, and patches for places, ports and routes that are not there.
 */
import { fieldError } from '@hikyaku/resources';
import type { FieldPath, SetFinding } from '@hikyaku/resources';
import { globalRateLimits } from '../snapshot/global-rate-limits.ts';
import { isGatewayPort, readPatch } from '../snapshot/rate-limits.ts';
import type { RateLimitPatches } from '../snapshot/rate-limits.ts';
import { scopeOfFilter } from '../snapshot/workloads.ts';
import type { Places } from '../snapshot/workloads.ts';
import type { PolicySet } from './policy-set.ts';

type ReadPatch = RateLimitPatches['patches'][number];

/** All of them are warnings, as they are when the system runs. */
export function rateLimitFindings(set: PolicySet): SetFinding[] {
  const found: SetFinding[] = [];
  const globals = globalRateLimits(set);
  const all = set.envoyFilters.flatMap(({ index, resource }) => {
    const warn: Warn = (segments, message, hint) =>
      void found.push({ index, severity: 'warning', error: fieldError(segments, message, hint) });
    const places = set.workloads.select(scopeOfFilter(resource));
    return (resource.spec?.configPatches ?? []).flatMap((patch, position): WrittenPatch[] => {
      const at = ['spec', 'configPatches', position];
      const unfit = (message: string) => warn(at, `does not work as written: ${message}`);
      const read = readPatch(patch, { key: '', compiled: { local: {}, global: {} }, globals, warn: unfit });
      return read.map((each) => ({ ...each, at, places, warn }));
    });
  });
  for (const patch of all) sayWhereItIsNot(patch, set);
  sayWhatNoFilterReads(all);
  return found;
}

type Warn = (segments: FieldPath, message: string, hint?: string) => void;

interface WrittenPatch extends ReadPatch {
  at: FieldPath;
  /** What its EnvoyFilter is for. */
  places: Places;
  warn: Warn;
}

/** That the selector selects nothing at all is found for every policy. */
function sayWhereItIsNot({ contexts, port, at, places, warn }: WrittenPatch, set: PolicySet): void {
  const isAtGateway = places.gateway && contexts.has('gateway');
  const isInbound = places.clusters.length > 0 && contexts.has('inbound');
  if (!isAtGateway && !isInbound) {
    if (places.gateway) warn([...at, 'match', 'context'], 'is for workloads, and the selector is for the gateway', 'GATEWAY');
    if (places.clusters.length > 0)
      warn([...at, 'match', 'context'], 'is for the gateway, and the selector is for workloads', 'SIDECAR_INBOUND');
    return;
  }
  if (port === undefined) return;
  const declared = isAtGateway ? gatewayPorts(set) : [];
  const inbound = isInbound ? inboundPorts(set, places.clusters) : [];
  if (declared.some((each) => isGatewayPort(port, each)) || inbound.includes(port)) return;
  const ports = [...new Set([...declared, ...inbound])].join(', ') || 'none';
  warn(
    [...at, 'match', 'listener', 'portNumber'],
    `${port} is no port of what the filter is for, so it limits nothing`,
    `there: ${ports}`,
  );
}

function gatewayPorts({ gateways, kubernetesGateways }: PolicySet): number[] {
  return [
    ...gateways.flatMap(({ spec }) => (spec?.servers ?? []).flatMap(({ port }) => port?.number ?? [])),
    ...kubernetesGateways.flatMap(({ spec }) => (spec?.listeners ?? []).map(({ port }) => port)),
  ];
}

/** A port may be named as the Service has it or as the Pod does. */
function inboundPorts({ services }: PolicySet, clusters: readonly string[]): number[] {
  return services.flatMap(({ metadata, spec }) =>
    (spec?.ports ?? []).flatMap(({ port, targetPort }) =>
      clusters.includes(`${metadata.name}.${metadata.namespace ?? 'default'}:${port}`)
        ? [port, ...(typeof targetPort === 'number' ? [targetPort] : [])]
        : [],
    ),
  );
}

/** What routes say of a limit is read by the filter, which has to be in the chain, by whichever EnvoyFilter. */
function sayWhatNoFilterReads(all: readonly WrittenPatch[]): void {
  const filters = all.filter(({ patch }) => 'kind' in patch);
  for (const { patch, contexts, at, warn } of all) {
    if ('kind' in patch || filters.some((filter) => [...contexts].some((context) => filter.contexts.has(context)))) continue;
    const message = 'says how a route is limited, and no EnvoyFilter here inserts the filter that limits';
    warn(at, message, 'it takes a patch with applyTo: HTTP_FILTER');
  }
}
