/**
 * The servers of all of Istio's Gateways, and how each is served.
 */
import type { Gateway, VirtualService } from '@hikyaku/resources';
import { intersectHosts } from './hosts.ts';
import { byAge, nameOf } from './names.ts';

type Server = NonNullable<NonNullable<Gateway['spec']>['servers']>[number];
export type ServerTls = NonNullable<Server['tls']>;

export interface GatewayServer {
  /** `namespace/name` of the Gateway. */
  gateway: string;
  /** The Gateway's own. */
  namespace: string;
  /** As the Gateway declares it. */
  port: number;
  /** Each with the namespaces it may be bound from: `*` for any. */
  hosts: { namespace: string; host: string }[];
  kind: ServerKind;
  tls?: ServerTls;
}

/** `redirect`: plain HTTP that sends everybody to TLS. */
type ServerKind = 'http' | 'redirect' | 'https' | 'passthrough';

const httpProtocols = new Set(['HTTP', 'HTTP2', 'GRPC', 'GRPC-WEB']);
const terminatedModes = new Set(['SIMPLE', 'MUTUAL', 'OPTIONAL_MUTUAL']);

/** Oldest Gateway first, which is the order of precedence. */
export function gatewayServers(gateways: readonly Gateway[], warn: (message: string) => void): GatewayServer[] {
  return [...gateways].sort(byAge).flatMap((gateway) => {
    const { namespace = 'default' } = gateway.metadata;
    return (gateway.spec?.servers ?? []).flatMap((server): GatewayServer[] => {
      const port = server.port?.number ?? 0;
      const kind = kindOf(server);
      if ('notServed' in kind) {
        warn(`Gateway ${nameOf(gateway)}: server port ${port} is not served: ${kind.notServed}`);
        return [];
      }
      const hosts = (server.hosts ?? []).map((host) => splitHost(host, namespace));
      const { tls } = server;
      return [{ gateway: nameOf(gateway), namespace, port, hosts, ...kind, ...(tls !== undefined && { tls }) }];
    });
  });
}

function kindOf({ port, tls }: Server): { kind: ServerKind } | { notServed: string } {
  const protocol = (port?.protocol ?? '').toUpperCase();
  // Absent is PASSTHROUGH in the API; what Istio makes of it depends on the protocol.
  const mode: string = tls?.mode ?? (protocol === 'TLS' ? 'PASSTHROUGH' : 'SIMPLE');
  if (httpProtocols.has(protocol)) return { kind: tls?.httpsRedirect === true ? 'redirect' : 'http' };
  if ((protocol === 'TLS' || protocol === 'HTTPS') && mode === 'PASSTHROUGH') return { kind: 'passthrough' };
  if (protocol === 'HTTPS' && terminatedModes.has(mode))
    return tls === undefined ? { notServed: 'it has no tls' } : { kind: 'https' };
  if (protocol === 'HTTPS') return { notServed: `TLS mode ${mode} is not carried out yet` };
  if (protocol === 'TLS') return { notServed: 'TLS that is terminated for anything but HTTPS is not carried out yet' };
  return { notServed: `protocol ${protocol === '' ? 'is missing' : `${protocol} is not carried out yet`}` };
}

/** `shop/api.example.com`, `./…` (the Gateway's own namespace), or a bare host, which any namespace may bind to. */
export function splitHost(written: string, ownNamespace: string): { namespace: string; host: string } {
  const slash = written.indexOf('/');
  const namespace = slash === -1 ? '*' : written.slice(0, slash);
  return { namespace: namespace === '.' ? ownNamespace : namespace, host: written.slice(slash + 1).toLowerCase() };
}

/** The domains of a server that a VirtualService is for. */
export function domainsOf(virtualService: VirtualService, server: GatewayServer): Set<string> {
  const { namespace = 'default' } = virtualService.metadata;
  const bindable = server.hosts.filter((host) => host.namespace === '*' || host.namespace === namespace);
  const routeHosts = (virtualService.spec?.hosts ?? []).map((host) => host.toLowerCase());
  return new Set(bindable.flatMap(({ host }) => routeHosts.flatMap((routeHost) => intersectHosts(host, routeHost) ?? [])));
}
