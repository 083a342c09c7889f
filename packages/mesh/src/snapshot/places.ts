/**
 * Where endpoints and callers are. On one machine there are no real zones: Pods say by label where they would be, so that failover and
 * distribution can be tried out.
 *
 * Not the same as who calls (`callers.ts`): of the labels only those that a policy asks for are here, because callers that are alike in them share a view
 * of the endpoints.
 */
import type { Pod } from '@hikyaku/resources';
import type { Placed } from '../balance/locality.ts';
import type { LocalityPolicy } from './cluster-policies.ts';
import type { Cluster } from './snapshot.ts';

const parts = ['topology.kubernetes.io/region', 'topology.kubernetes.io/zone', 'topology.istio.io/subzone'];

/** `region/zone/subzone` by the Pod's labels, or in one label as Istio has it (`us-west.zone1`); `zone` is what its EndpointSlice says. */
export function localityOf(labels: Readonly<Record<string, string>>, zone?: string): string | undefined {
  const whole = labels['istio-locality'];
  if (whole !== undefined && whole !== '') return whole.includes('/') ? whole : whole.replaceAll('.', '/');
  const [region = '', ownZone = zone ?? '', subzone = ''] = parts.map((label) => labels[label]);
  return `${region}/${ownZone}/${subzone}`.replace(/\/+$/, '') || undefined;
}

/** What of it the policy looks at. */
export function placeFor(policy: LocalityPolicy, labels: Readonly<Record<string, string>>, zone?: string): Placed {
  const locality = localityOf(labels, zone);
  if (policy.kind !== 'priority') return locality === undefined ? {} : { locality };
  const own = policy.labels.flatMap((label): [string, string][] => {
    const [key = ''] = label.split('=', 1);
    const value = labels[key];
    return value === undefined ? [] : [[key, value]];
  });
  return own.length === 0 ? {} : { labels: Object.fromEntries(own) };
}

/** By address, of the Pods of which a policy of these clusters may ask; undefined when there is none. */
export function compilePlaces(
  pods: Iterable<Pod>,
  clusters: Readonly<Record<string, Cluster>>,
): Record<string, Placed> | undefined {
  const policies = Object.values(clusters).flatMap(({ locality }) => locality ?? []);
  if (policies.length === 0) return undefined;
  const places: Record<string, Placed> = {};
  for (const { status, metadata } of pods) {
    const address = status?.podIP;
    if (address === undefined || address === '') continue;
    const asked = policies.map((policy) => placeFor(policy, metadata.labels ?? {}));
    const locality = asked.find((place) => place.locality !== undefined)?.locality;
    const labels = Object.assign({}, ...asked.map((place) => place.labels)) as Record<string, string>;
    const hasLabels = Object.keys(labels).length > 0;
    if (locality === undefined && !hasLabels) continue;
    places[address] = { ...(locality !== undefined && { locality }), ...(hasLabels && { labels }) };
  }
  return places;
}
