/**
 * The counts as Prometheus reads them, under Istio's standard names and labels, so that its dashboards and alerts work here. Where
 * Istio has a proxy at each end of an edge, this is one proxy for both: what reached an endpoint is told twice, once per `reporter`.
 */
import type { Peer } from '../snapshot/snapshot.ts';
import { destinationService } from './destination.ts';
import type { Edge, Series } from './edges.ts';
import { bounds } from './histogram.ts';
import type { Histogram } from './histogram.ts';
import { unknownPeer } from './peers.ts';
import { formatFlags } from './response-flags.ts';

export type Labels = Readonly<Record<string, string | number>>;

export interface Sample {
  /** Behind the family's name: `_bucket`, `_sum`, …; mostly empty. */
  suffix?: string;
  labels: string;
  value: number;
}

/** All samples of one name. */
export interface Family {
  /** Without `_total`, which counters get where the format wants it. */
  name: string;
  /** The name of a counter is Envoy's, which ends as it ends. */
  isNameWhole?: true;
  type: 'counter' | 'gauge' | 'histogram';
  help: string;
  samples: Sample[];
}

export type Exposition = 'prometheus' | 'openmetrics';

export const contentTypes: Readonly<Record<Exposition, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

export function formatFamilies(families: readonly Family[], exposition: Exposition): string {
  const text = families.filter(({ samples }) => samples.length > 0).map((family) => formatFamily(family, exposition));
  return `${text.join('')}${exposition === 'openmetrics' ? '# EOF\n' : ''}`;
}

function formatFamily({ name, isNameWhole, type, help, samples }: Family, exposition: Exposition): string {
  const base = isNameWhole === true ? name.replace(/_total$/, '') : name;
  const total = type === 'counter' && (isNameWhole !== true || base !== name) ? '_total' : '';
  const isOpen = exposition === 'openmetrics';
  const described = isOpen ? base : `${base}${total}`;
  // To OpenMetrics, what does not end in `_total` is no counter.
  const shownType = isOpen && type === 'counter' && total === '' ? 'unknown' : type;
  const lines = samples.map(({ suffix = total, labels, value }) => {
    return `${base}${suffix}${labels === '' ? '' : `{${labels}}`} ${value}\n`;
  });
  return `# HELP ${described} ${help}\n# TYPE ${described} ${shownType}\n${lines.join('')}`;
}

/** `a="1",b="2"`, escaped. */
export function formatLabels(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${String(value).replace(/[\\"\n]/g, escape)}"`)
    .join(',');
}

function escape(character: string): string {
  return character === '\n' ? '\\n' : `\\${character}`;
}

/** Istio's standard metrics. */
export function edgeFamilies(edges: Iterable<Edge>): Family[] {
  const family = (name: string, type: Family['type'], help: string): Family => ({ name, type, help, samples: [] });
  const requests = family('istio_requests', 'counter', 'Requests that are over.');
  const duration = family(
    'istio_request_duration_milliseconds',
    'histogram',
    'From the head of the request to the end of the response.',
  );
  const requestBytes = family('istio_request_bytes', 'histogram', 'Bodies of requests.');
  const responseBytes = family('istio_response_bytes', 'histogram', 'Bodies of responses.');
  const messages = {
    requests: family('istio_request_messages', 'counter', 'Messages of gRPC calls, from the caller.'),
    responses: family('istio_response_messages', 'counter', 'Messages of gRPC calls, to the caller.'),
  } as const;
  const tcp = {
    opened: family('istio_tcp_connections_opened', 'counter', 'Connections carried as bytes that were opened.'),
    closed: family('istio_tcp_connections_closed', 'counter', 'Connections carried as bytes that were closed.'),
    sentBytes: family('istio_tcp_sent_bytes', 'counter', 'Bytes to the caller on connections carried as bytes.'),
    receivedBytes: family('istio_tcp_received_bytes', 'counter', 'Bytes from the caller on connections carried as bytes.'),
  } as const;
  for (const edge of edges) {
    for (const reporter of reportersOf(edge)) {
      const labels = edgeLabels(edge, reporter);
      for (const series of edge.requests.values()) {
        const own = `${labels},${formatLabels(endLabels(series))}`;
        requests.samples.push({ labels: own, value: series.count });
        duration.samples.push(...histogramSamples(own, series.durationMs, series.count));
        requestBytes.samples.push(...histogramSamples(own, series.requestBytes, series.count));
        responseBytes.samples.push(...histogramSamples(own, series.responseBytes, series.count));
      }
      if (edge.messages !== undefined)
        for (const name of ['requests', 'responses'] as const)
          messages[name].samples.push({ labels, value: edge.messages[name] });
      if (edge.tcp === undefined) continue;
      const own = `${labels},request_protocol="tcp",response_flags="-"`;
      for (const name of ['opened', 'closed', 'sentBytes', 'receivedBytes'] as const)
        tcp[name].samples.push({ labels: own, value: edge.tcp[name] });
    }
  }
  const ofRequests = [requests, duration, requestBytes, responseBytes, messages.requests, messages.responses];
  return [...ofRequests, tcp.opened, tcp.closed, tcp.sentBytes, tcp.receivedBytes];
}

type Reporter = 'source' | 'destination';

/** The far end knows only of what reached it. */
function reportersOf({ destination }: Edge): Reporter[] {
  return destination === unknownPeer ? ['source'] : ['source', 'destination'];
}

function edgeLabels({ source, destination, cluster }: Edge, reporter: Reporter): string {
  const service = destinationService(cluster);
  return formatLabels({
    reporter,
    ...peerLabels('source', source),
    ...peerLabels('destination', destination),
    destination_service: service.host,
    destination_service_name: service.name,
    destination_service_namespace: service.namespace,
    // As in Istio, the calling side leaves the judgement to the other.
    connection_security_policy: reporter === 'source' ? 'unknown' : 'none',
  });
}

/** What Istio calls the Kubernetes cluster of an installation that has only one. */
const clusterId = 'Kubernetes';

function peerLabels(side: 'source' | 'destination', peer: Peer): Labels {
  return {
    [`${side}_workload`]: peer.workload,
    [`${side}_workload_namespace`]: peer.namespace,
    [`${side}_app`]: peer.app,
    [`${side}_version`]: peer.version,
    [`${side}_canonical_service`]: peer.canonicalService,
    [`${side}_canonical_revision`]: peer.canonicalRevision,
    [`${side}_cluster`]: peer === unknownPeer ? 'unknown' : clusterId,
    // Who somebody is, is known by mutual TLS.
    [`${side}_principal`]: 'unknown',
  };
}

function endLabels({ end: { status, flags, protocol, grpcStatus } }: Series): Labels {
  return {
    request_protocol: protocol,
    response_code: status,
    grpc_response_status: grpcStatus ?? '',
    response_flags: formatFlags(flags),
  };
}

function histogramSamples(labels: string, { counts, sum }: Histogram, count: number): Sample[] {
  let below = 0;
  const buckets = bounds.map((bound, index) => {
    below += counts[index] ?? 0;
    return { suffix: '_bucket', labels: `${labels},le="${bound}"`, value: below };
  });
  return [
    ...buckets,
    { suffix: '_bucket', labels: `${labels},le="+Inf"`, value: count },
    { suffix: '_sum', labels, value: sum },
    { suffix: '_count', labels, value: count },
  ];
}
