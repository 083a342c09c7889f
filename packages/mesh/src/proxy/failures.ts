/**
 * What a client is told when its request could not be carried to an upstream.
 */
import type { ForwardDecision } from '../routing/decision.ts';
import type { Cluster, Endpoint } from '../snapshot/snapshot.ts';
import type { Answer } from './answers.ts';

/** `cluster` is undefined when the route leads to none; `closed` counts its endpoints that are ready but ejected or unhealthy. */
export function noEndpointAnswer(decision: ForwardDecision, cluster: Cluster | undefined, closed = 0): Answer {
  if (cluster === undefined) {
    const what = decision.cluster.includes('/') ? 'a subset that no DestinationRule defines' : 'no Service port';
    return { status: 503, reason: 'no_cluster', detail: `${decision.route} leads to ${decision.cluster}, which is ${what}.` };
  }
  if (closed > 0) {
    const what = closed === 1 ? 'its only endpoint is' : `all ${closed} endpoints are`;
    return {
      status: 503,
      reason: 'no_endpoint',
      detail: `No healthy endpoints for ${cluster.service}: ${what} ejected or failing health checks.`,
    };
  }
  const why = cluster.unavailable === undefined ? '' : `: ${cluster.unavailable}`;
  return { status: 503, reason: 'no_endpoint', detail: `No ready endpoints for ${cluster.service}${why}.` };
}

/** `limitMs` is what the request, or its latest attempt, had. */
export function timeoutAnswer({ cluster }: ForwardDecision, limitMs = 0): Answer {
  return { status: 504, reason: 'upstream_timeout', detail: `${cluster} did not answer within ${limitMs} ms.` };
}

export function failureAnswer(
  { cluster }: ForwardDecision,
  endpoint: Endpoint | undefined,
  failure: { error: Error; wasSent: boolean },
): Answer {
  const where = endpoint === undefined ? cluster : `${cluster} (${endpoint.address}:${endpoint.port})`;
  const { error, wasSent } = failure;
  const detail = wasSent
    ? `${where} broke off before it answered: ${error.message}.`
    : `${where} could not be reached: ${error.message}.`;
  return { status: wasSent ? 502 : 503, reason: 'upstream_failed', detail };
}

/** `detail` says which limit was reached. */
export function overflowAnswer({ cluster }: ForwardDecision, detail: string): Answer {
  return { status: 503, reason: 'upstream_overflow', detail: `${cluster} has as much as its connection pool allows: ${detail}.` };
}
