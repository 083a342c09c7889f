/**
 * The routing decision for a connection that is carried as bytes: who calls which address, in; the cluster it goes to, out.
 */
import { BlockList, isIP } from 'node:net';
import type { Caller, ConnectionMatch, Snapshot, TcpRoute } from '../snapshot/snapshot.ts';
import { byIdentity } from './by-identity.ts';
import { matchesSource } from './match.ts';
import { pickDestination } from './weights.ts';

export interface Connection {
  /** The address called. */
  localAddress: string;
  remoteAddress: string;
}

/** By cluster key of the Service called. */
export type TcpRules = ReadonlyMap<string, CompiledTcpRoute[]>;

interface CompiledTcpRoute {
  route: TcpRoute;
  matches(connection: Connection, caller: Caller | undefined): boolean;
}

interface TcpTable {
  byConnection: TcpRules;
  callers: ReadonlyMap<string, Caller>;
}

export function compileTcpRules(routes: NonNullable<Snapshot['tcpRoutes']>): TcpRules {
  return new Map(Object.entries(routes).map(([cluster, own]) => [cluster, own.map(compileRoute)]));
}

const compileRoute = byIdentity((route: TcpRoute): CompiledTcpRoute => {
  const tests = route.matches.map(compileMatch);
  return { route, matches: (connection, caller) => tests.length === 0 || tests.some((test) => test(connection, caller)) };
});

/** What no rule takes goes to the Service that was called. `random` is uniform in [0, 1). */
export function decideForConnection(table: TcpTable, cluster: string, connection: Connection, random: number): string {
  const route = connectionRoute(table, cluster, connection);
  return route?.destinations[pickDestination(route.destinations, random)]?.cluster ?? cluster;
}

/** The rule that takes the connection, if one does. */
export function connectionRoute(
  { byConnection, callers }: TcpTable,
  cluster: string,
  connection: Connection,
  caller = callers.get(connection.remoteAddress),
): TcpRoute | undefined {
  return byConnection.get(cluster)?.find((route) => route.matches(connection, caller))?.route;
}

function compileMatch({ destinationSubnets, source }: ConnectionMatch): CompiledTcpRoute['matches'] {
  const subnets = destinationSubnets === undefined ? undefined : blockList(destinationSubnets);
  return ({ localAddress }, caller) => {
    if (subnets?.check(localAddress, isIP(localAddress) === 6 ? 'ipv6' : 'ipv4') === false) return false;
    return source === undefined || matchesSource(source, caller);
  };
}

/** Each is an address, or a block in CIDR notation; what is neither holds nothing. */
function blockList(subnets: readonly string[]): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [address = '', length] = subnet.split('/');
    const family = isIP(address);
    const bits = Number(length ?? (family === 6 ? 128 : 32));
    if (family !== 0 && Number.isInteger(bits) && bits >= 0 && bits <= (family === 6 ? 128 : 32))
      list.addSubnet(address, bits, family === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}
