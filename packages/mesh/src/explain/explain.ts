/**
 * Says where a request would go and why. The decision itself is `decide`'s, the proxy's own; what is added here is the account of
 * the rules on the way to it and of the endpoints behind it.
 */
import { noEndpointAnswer } from '../proxy/failures.ts';
import { connectionRoute } from '../routing/decide-connection.ts';
import { compileRouteTable, decide, decideForService, domainOf } from '../routing/decide.ts';
import type { Decision, ForwardDecision } from '../routing/decision.ts';
import { compile } from '../snapshot/compile.ts';
import type { MeshResources } from '../snapshot/compile.ts';
import type { Caller, Destination, Route, ServiceListener, Snapshot } from '../snapshot/snapshot.ts';
import { findCallee } from './callee.ts';
import { checksOf } from './checks.ts';
import type { CheckedRequest } from './checks.ts';
import { describePolicies } from './cluster-policies.ts';
import { explainEndpoints } from './endpoints.ts';
import type { ExplainedDestination, Explanation, ForwardOutcome, Outcome } from './explanation.ts';
import { arrivalPort } from './gateway-port.ts';
import { headOf } from './request.ts';
import type { AskedHead, AskedRequest } from './request.ts';
import { askRules } from './rules.ts';

/** The Pod that calls: short names are looked up in its namespace. Its labels count for rules that ask for them; absent: none. */
export type ExplainedCaller = Pick<Caller, 'namespace'> & Partial<Caller>;

/** Without `from`, for a request that comes to the gateway from outside. Throws a BadRequestError when it is no request. */
export function explain(resources: MeshResources, request: AskedRequest, from?: ExplainedCaller): Explanation {
  const asked = headOf(request);
  const head = from === undefined ? asked : { ...asked, caller: { labels: {}, ...from } };
  const context: Context = { head, resources, snapshot: compile(resources) };
  const account = from === undefined ? atGateway(context) : fromPod(context, from);
  return {
    request: `${head.method} ${head.scheme}://${head.authority}${head.target}`,
    isRouted: isServed(account.outcome),
    ...account,
    warnings: context.snapshot.warnings,
  };
}

interface Context {
  head: AskedHead;
  resources: MeshResources;
  snapshot: Snapshot;
}

type Account = Omit<Explanation, 'request' | 'isRouted' | 'warnings'>;

function atGateway(context: Context): Account {
  const { head, snapshot } = context;
  const { virtualHosts, declared } = arrivalPort(head, snapshot);
  const table = compileRouteTable({ virtualHosts, serviceRoutes: {} });
  const decision = decide(table, head, 0);
  const domain = domainOf(table, head.host);
  // A host that is not served is refused before any rule is asked.
  const isAsked = decision.kind !== 'refuse' || decision.status !== 421;
  const routes = isAsked ? (virtualHosts.find((virtualHost) => virtualHost.domain === domain)?.routes ?? []) : [];
  const place = domain === undefined || !isAsked ? 'at the gateway' : `at the gateway, by the rules for host ${domain}`;
  return { place, ...decided(context, decision, routes, { isEdge: true, ...(declared !== undefined && { port: declared }) }) };
}

function fromPod(context: Context, { namespace }: ExplainedCaller): Account {
  const { head, snapshot } = context;
  const place = `from a Pod in namespace ${namespace}`;
  const callee = findCallee(head, namespace, snapshot);
  if ('detail' in callee)
    return { place, passedOver: [], notAsked: 0, checks: [], outcome: { kind: 'unreachable', detail: callee.detail } };
  return atService(context, callee.listener, place, namespace);
}

function atService(
  context: Context,
  { cluster, service, protocol, address, port }: ServiceListener,
  caller: string,
  namespace: string,
): Account {
  const { head, snapshot } = context;
  const place = `${caller}, at Service ${service} (${address}:${port})`;
  const destination = explainDestination(context, { cluster, weight: 1 }, 1);
  if (destination.endpoints.every(({ unpickable }) => unpickable !== undefined)) {
    // The address of a Service without a ready endpoint is not listened on, whatever the rules for it say.
    const why = snapshot.clusters[cluster]?.unavailable;
    const detail = `The connection is refused: no ready endpoints for Service ${service}${why === undefined ? '' : `: ${why}`}.`;
    return { place, passedOver: [], notAsked: 0, checks: [], outcome: { kind: 'unreachable', detail } };
  }
  if (protocol === 'tcp')
    return { place, passedOver: [], notAsked: 0, checks: [], outcome: connected(context, cluster, address) };
  const decision = decideForService(compileRouteTable(snapshot), cluster, head, 0);
  const routes = snapshot.callerRoutes?.[namespace]?.[cluster] ?? snapshot.serviceRoutes[cluster] ?? [];
  return { place, ...decided(context, decision, routes, { isEdge: false }) };
}

/** A connection is carried where the rules for connections say, or to the Service itself. */
function connected(context: Context, cluster: string, address: string): Outcome {
  const { caller } = context.head;
  const route = connectionRoute(
    compileRouteTable(context.snapshot),
    cluster,
    { localAddress: address, remoteAddress: '' },
    caller,
  );
  const destinations = route?.destinations ?? [{ cluster, weight: 1 }];
  const total = destinations.reduce((sum, { weight }) => sum + weight, 0);
  return {
    kind: 'connect',
    ...(route && { rule: route.name }),
    destinations: destinations.map((destination) => explainDestination(context, destination, total)),
  };
}

function decided(
  context: Context,
  decision: Decision,
  routes: readonly Route[],
  arrival: Pick<CheckedRequest, 'isEdge' | 'port'>,
): Omit<Account, 'place'> {
  const { head, snapshot } = context;
  const { report, route } = askRules(routes, head);
  const checked = { head, ...arrival, ...(route && { route }) };
  if (decision.kind !== 'forward')
    return { ...report, outcome: decision, checks: checksOf(snapshot.protection, { ...checked, destinations: [] }) };
  const destinations = route?.action.kind === 'forward' ? route.action.destinations : [{ cluster: decision.cluster, weight: 1 }];
  const keys = destinations.map(({ cluster }) => cluster);
  const forward = forwarded(context, decision, destinations);
  return {
    ...report,
    outcome: { ...forward, ...(route?.headers && { headers: route.headers }) },
    checks: checksOf(snapshot.protection, { ...checked, destinations: keys }),
  };
}

function forwarded(context: Context, decision: ForwardDecision, destinations: readonly Destination[]): ForwardOutcome {
  const { target, authority, timeoutMs, retry, policies } = decision;
  const total = destinations.reduce((sum, { weight }) => sum + weight, 0);
  return {
    kind: 'forward',
    target,
    ...(authority !== undefined && { authority }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    retry,
    ...(policies && { policies }),
    destinations: destinations.map((destination) => {
      const explained = explainDestination(context, destination, total);
      if (destination.invalid !== undefined) return { ...explained, refusal: { status: 500, detail: destination.invalid } };
      if (explained.endpoints.some(({ unpickable }) => unpickable === undefined)) return explained;
      const { cluster } = destination;
      const { status, detail } = noEndpointAnswer({ ...decision, cluster }, context.snapshot.clusters[cluster]);
      return { ...explained, refusal: { status, detail } };
    }),
  };
}

function explainDestination(
  { head, snapshot, resources }: Context,
  { cluster, weight, headers, authority }: Destination,
  total: number,
): ExplainedDestination {
  const policies = describePolicies(snapshot.clusters[cluster] ?? {});
  return {
    cluster,
    percent: (100 * weight) / total,
    ...(headers && { headers }),
    ...(authority !== undefined && { authority }),
    ...(policies.length > 0 && { policies }),
    endpoints: explainEndpoints(cluster, { cluster: snapshot.clusters[cluster], host: authority ?? head.host, resources }),
  };
}

function isServed(outcome: Outcome): boolean {
  if (outcome.kind === 'refuse' || outcome.kind === 'unreachable') return false;
  return outcome.kind !== 'forward' || outcome.destinations.every(({ refusal }) => refusal === undefined);
}
