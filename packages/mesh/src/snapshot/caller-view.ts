/**
 * The part of a snapshot that a process needs to carry its own calls: nothing of the gateway, and no Service where somebody else than
 * the caller has to judge or to count. Whoever holds it could do nothing with it that the network would not let it do anyway.
 */
import { isIP } from 'node:net';
import type { Cluster, Route, Snapshot } from './snapshot.ts';
import type { TelemetryPolicy } from './telemetry-settings.ts';

export type CallerView = Pick<
  Snapshot,
  'serviceRoutes' | 'callerRoutes' | 'tcpRoutes' | 'callers' | 'clusters' | 'services' | 'places'
>;

export function callerView(snapshot: Snapshot): CallerView {
  const { serviceRoutes, callerRoutes, tcpRoutes, callers, clusters, services, places, protection, telemetry } = snapshot;
  const view = {
    serviceRoutes,
    ...(callerRoutes && { callerRoutes }),
    ...(tcpRoutes && { tcpRoutes }),
    ...(callers && { callers }),
    clusters: withoutTls(clusters),
    services,
    ...(places && { places }),
  };
  if (telemetry?.policies.some(isTold) === true) return { ...view, services: [] };
  // A token is judged and a limit is counted by the proxy, at the door of the Service: it stands wherever a request may come to.
  const isGuarded = (cluster: string) => protection?.clusters[cluster] !== undefined;
  const isLeft = (key: string) => isGuarded(key) || isReachedByProxyOnly(clusters[key]);
  const rules = [serviceRoutes, ...Object.values(callerRoutes ?? {})];
  const connectionsTo = (cluster: string) => (tcpRoutes?.[cluster] ?? []).flatMap(({ destinations }) => destinations);
  const leadsTo = (cluster: string) => [
    cluster,
    ...rules.flatMap((own) => destinationsOf(own[cluster])),
    ...connectionsTo(cluster).map((destination) => destination.cluster),
  ];
  const open = services.filter(({ cluster }) => !leadsTo(cluster).some(isLeft));
  return { ...view, services: open };
}

/** Private keys are nobody's but the proxy's, and in a Pod the names of endpoints outside lead back to the mesh. */
function isReachedByProxyOnly(cluster: Cluster | undefined): boolean {
  const { tls, byName, endpoints = [] } = cluster ?? {};
  return tls !== undefined || byName !== undefined || endpoints.some(({ address }) => isIP(address) === 0);
}

function withoutTls(clusters: Snapshot['clusters']): Snapshot['clusters'] {
  const plain = Object.entries(clusters).map(([key, cluster]) => {
    const { tls, ...others } = cluster;
    return [key, tls === undefined ? cluster : others] as const;
  });
  return Object.fromEntries(plain);
}

function destinationsOf(routes: readonly Route[] = []): string[] {
  return routes.flatMap(({ action, policies }) => [
    ...(action.kind === 'forward' ? action.destinations : []).map(({ cluster }) => cluster),
    ...(policies?.mirrors ?? []).map(({ cluster }) => cluster),
  ]);
}

/** What is logged or traced one by one passes the proxy, which writes and sends: processes of their own only count. */
function isTold({ client, server }: TelemetryPolicy): boolean {
  return [client, server].some(({ accessLogs, tracing }) => accessLogs.length > 0 || tracing?.exporter !== undefined);
}
