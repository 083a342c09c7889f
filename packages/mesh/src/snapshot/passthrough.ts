/**
 * The balancer PASSTHROUGH: requests go to the address that their caller asked for, whatever destination a rule has for them. In Istio that is the
 * Service's own address, behind which Kubernetes chooses a ready Pod at random. At a gateway nobody has asked for an address but the gateway's.
 */
import type { GatewayTables } from './gateway-tables.ts';
import type { Cluster, Destination, Route, Snapshot, TcpRoute } from './snapshot.ts';

type RulesOfCalls = Pick<Snapshot, 'serviceRoutes' | 'callerRoutes' | 'tcpRoutes'>;

export interface Passable<R extends RulesOfCalls> {
  rules: R;
  gateway: GatewayTables;
  clusters: Record<string, Cluster>;
}

export function passThrough<R extends RulesOfCalls>(given: Passable<R>): Passable<R> {
  const passing = Object.entries(given.clusters).filter(([, { loadBalancer }]) => loadBalancer?.kind === 'PASSTHROUGH');
  if (passing.length === 0) return given;
  const keys = new Set(passing.map(([key]) => key));
  const { serviceRoutes, callerRoutes, tcpRoutes } = given.rules;
  const back = <T extends Route | TcpRoute>(byCallee: Record<string, T[]>): Record<string, T[]> =>
    mapEntries(byCallee, (routes, called) => routes.map((route) => leadElsewhere(route, keys, () => called)));
  const rules = {
    ...given.rules,
    serviceRoutes: back(serviceRoutes),
    ...(callerRoutes && { callerRoutes: mapEntries(callerRoutes, back) }),
    ...(tcpRoutes && { tcpRoutes: back(tcpRoutes) }),
  };
  const nowhere = passing.map(([key, { service }]): [string, Cluster] => [
    nowhereFrom(key),
    { service, endpoints: [], unavailable },
  ]);
  return {
    rules,
    gateway: new Map([...given.gateway].map(([place, port]) => [place, atGateway(port, keys)])),
    clusters: { ...given.clusters, ...Object.fromEntries(nowhere) },
  };
}

const unavailable = 'its balancer PASSTHROUGH goes to the address that was asked for, which at a gateway is the gateway';

function nowhereFrom(key: string): string {
  return `${key} from a gateway`;
}

type Port = GatewayTables extends Map<unknown, infer P> ? P : never;

function atGateway({ virtualHosts, servers, ...others }: Port, keys: ReadonlySet<string>): Port {
  return {
    ...others,
    virtualHosts: virtualHosts.map((host) => ({
      ...host,
      routes: host.routes.map((route) => leadElsewhere(route, keys, nowhereFrom)),
    })),
    ...(servers && {
      servers: servers.map((server) => (server.kind === 'passthrough' ? leadElsewhere(server, keys, nowhereFrom) : server)),
    }),
  };
}

type Leading = { destinations: Destination[] } | Route;

/** With another cluster for each of the destinations that pass through. */
function leadElsewhere<T extends Leading>(leading: T, keys: ReadonlySet<string>, elsewhere: (key: string) => string): T {
  const led = (destinations: Destination[]) =>
    destinations.map((each) => (keys.has(each.cluster) ? { ...each, cluster: elsewhere(each.cluster) } : each));
  if ('destinations' in leading) return { ...leading, destinations: led(leading.destinations) };
  const { action } = leading;
  return action.kind === 'forward' ? { ...leading, action: { ...action, destinations: led(action.destinations) } } : leading;
}

function mapEntries<T>(record: Record<string, T>, change: (value: T, key: string) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]));
}
