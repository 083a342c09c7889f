/**
 * Names that are served at an address of a Gateway's own. What takes every host is served to this machine's names only, and to those that a Gateway or
 * a route names: at a shared port any of them does, and here the neighbours' names count likewise.
 */
import { isOwnPlace } from '../gateway-ports.ts';
import type { GatewayTables } from '../gateway-tables.ts';
import { covers } from '../hosts.ts';
import type { VirtualHost } from '../snapshot.ts';

export function withKnownNames(tables: GatewayTables): GatewayTables {
  const all = [...tables].flatMap(([place, { virtualHosts }]) => (isOwnPlace(place) ? [] : virtualHosts));
  const names = new Set(all.map(({ domain }) => domain));
  return new Map(
    [...tables].map(([place, table]) => [
      place,
      isOwnPlace(place) ? { ...table, virtualHosts: extended(table.virtualHosts, names) } : table,
    ]),
  );
}

/** A name that nothing narrower takes is taken by `*`. */
function extended(hosts: VirtualHost[], names: ReadonlySet<string>): VirtualHost[] {
  const all = hosts.find(({ domain }) => domain === '*');
  if (all === undefined) return hosts;
  const own = hosts.map(({ domain }) => domain).filter((domain) => domain !== '*');
  const more = [...names].filter((name) => name !== '*' && !own.some((domain) => covers(domain, name)));
  return [...hosts, ...more.map((domain) => ({ domain, routes: all.routes }))];
}
