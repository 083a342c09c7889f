/**
 * The endpoints behind a Service port: those the proxy can pick, and those it cannot, each with the reason.
 */
import type { EndpointSlice } from '@hikyaku/resources';
import { clusterKey, reasonOf, serviceNameLabel, tcpPorts } from '../snapshot/clusters.ts';
import type { ServiceResources } from '../snapshot/clusters.ts';
import { covers } from '../snapshot/hosts.ts';
import type { Cluster } from '../snapshot/snapshot.ts';
import type { ExplainedEndpoint } from './explanation.ts';

type SliceEndpoint = EndpointSlice['endpoints'][number];

export interface EndpointContext {
  /** What the snapshot holds: what is in it can be picked, and nothing else. */
  cluster: Cluster | undefined;
  /** That the request is for. */
  host: string;
  resources: ServiceResources;
}

export function explainEndpoints(key: string, { cluster, host, resources }: EndpointContext): ExplainedEndpoint[] {
  const { byName } = cluster ?? {};
  if (byName !== undefined) return covers(byName.hosts, host) ? [{ address: host, port: byName.port }] : [];
  const pickable = new Set(cluster?.endpoints.map(({ address, port }) => `${address}:${port}`));
  // A subset of a Service has the Service's key with its own name behind a slash.
  const [serviceKey = key, subset] = key.split('/');
  const ofSlices = portsOf(serviceKey, resources).flatMap(({ slice, port }) =>
    slice.endpoints.flatMap((endpoint) =>
      endpoint.addresses.map((address) => ({
        address,
        port,
        ...(endpoint.targetRef?.name !== undefined && { pod: endpoint.targetRef.name }),
        ...(!pickable.has(`${address}:${port}`) && { unpickable: whyNot(endpoint, slice, subset, resources) }),
      })),
    ),
  );
  // What a ServiceEntry leads to is in no slice.
  const isOutside = ofSlices.length === 0 && cluster !== undefined;
  return isOutside ? cluster.endpoints.map(({ address, port }) => ({ address, port })) : ofSlices;
}

/** The slices of a Service, each with the port number its endpoints have for the port of that cluster key. */
function portsOf(key: string, { services, endpointSlices }: ServiceResources): { slice: EndpointSlice; port: number }[] {
  return services.flatMap((service) => {
    const { name, namespace = 'default' } = service.metadata;
    const port = tcpPorts(service).find((candidate) => clusterKey({ name, namespace }, candidate.port) === key);
    if (port === undefined) return [];
    const own = endpointSlices.filter(
      ({ metadata }) => metadata.labels?.[serviceNameLabel] === name && (metadata.namespace ?? 'default') === namespace,
    );
    return own.flatMap((slice) => {
      const number = slice.ports?.find((candidate) => (candidate.name ?? '') === (port.name ?? ''))?.port;
      return number === undefined ? [] : [{ slice, port: number }];
    });
  });
}

function whyNot(
  { conditions, targetRef }: SliceEndpoint,
  slice: EndpointSlice,
  subset: string | undefined,
  { pods }: ServiceResources,
): string {
  if (conditions?.terminating === true) return 'terminating';
  if (subset !== undefined && conditions?.ready !== false) return `not of subset ${subset}`;
  const pod = pods.find(({ metadata }) => metadata.name === targetRef?.name && metadata.namespace === slice.metadata.namespace);
  return pod === undefined ? 'not ready' : reasonOf(pod);
}
