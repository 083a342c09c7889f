/**
 * A listener of an Envoy bootstrap that speaks TLS: the name a client asks for picks a chain, and each chain has a certificate and routes of its own.
 */
import type { Deadlines } from '../http/deadlines.ts';
import type { Exchange } from '../http/exchange.ts';
import { carryConnection } from '../proxy/carry-connection.ts';
import { dispatch } from '../proxy/dispatch.ts';
import { gatewayLimits } from '../proxy/gateway.ts';
import type { ProxyState } from '../proxy/gateway.ts';
import { TlsListener, tlsServersByHost } from '../proxy/tls-listener.ts';
import { compileRouteTable, decide, emptyRouteTable } from '../routing/decide.ts';
import type { RouteTable } from '../routing/decide.ts';
import type { RequestHead } from '../routing/match.ts';
import type { TlsServer } from '../snapshot/snapshot.ts';
import { underPrefix } from '../telemetry/telemetry.ts';
import type { Observer, Telemetry } from '../telemetry/telemetry.ts';
import type { TlsChain } from './listeners.ts';

export interface TlsFrontOptions {
  chains: readonly TlsChain[];
  state: Omit<ProxyState, 'routes' | 'telemetry'> & { telemetry: Telemetry };
  deadlines: Deadlines;
}

export function tlsFront({ chains, state, deadlines }: TlsFrontOptions): TlsListener {
  const { upstreams, guards, telemetry } = state;
  const fronts = new Map<TlsServer, { routes: RouteTable; observer: Observer }>(
    chains.map(({ server, virtualHosts, statPrefix }) => {
      const routes = compileRouteTable({ virtualHosts, serviceRoutes: {} });
      return [server, { routes, observer: underPrefix(telemetry, statPrefix) }];
    }),
  );
  const servers = tlsServersByHost(chains.map(({ server }) => server));
  const onExchange = (exchange: Exchange, server: TlsServer) => {
    const { routes, observer } = fronts.get(server) ?? { routes: emptyRouteTable, observer: telemetry };
    const decideHere = (head: RequestHead) => decide(routes, head, Math.random());
    dispatch({ exchange, decide: decideHere, isEdge: true, upstreams, guards, telemetry: observer });
  };
  return new TlsListener({
    ...{ deadlines, limits: gatewayLimits, servers: () => servers, onExchange },
    onPassthrough: (client, { destinations: [destination] }) => {
      const { cluster = '' } = destination ?? {};
      carryConnection({ client, cluster, upstreams, onConnected: (upstream) => telemetry.connected(client, cluster, upstream) });
    },
  });
}
