/**
 * What the statuses of Gateway API resources should say, by the same attachments and backends that traffic goes by. Pure: the conditions that are
 * there already keep their times where nothing changed.
 */
import { findCondition, setCondition } from '@hikyaku/resources';
import type {
  GatewayClass,
  GatewayCondition,
  GatewayListenerStatus,
  KubernetesGateway,
  ParentReference,
  RouteParentStatus,
  RouteStatus,
} from '@hikyaku/resources';
import type { AttachedRoute } from '../../snapshot/gateway-api/compile.ts';
import { controllerName } from '../../snapshot/gateway-api/classes.ts';
import { takesTraffic } from '../../snapshot/gateway-api/listeners.ts';
import type { Listener } from '../../snapshot/gateway-api/listeners.ts';
import { gatewayApiGroup } from '../../snapshot/gateway-api/resources.ts';
import type { Problem, RouteFinding } from '../../snapshot/gateway-api/resources.ts';
import { addressOf, isOwnPlace } from '../../snapshot/gateway-ports.ts';
import { nameOf } from '../../snapshot/names.ts';

type Wanted = Pick<GatewayCondition, 'type' | 'status' | 'reason' | 'message'>;

export function statusOfClass({ metadata, status }: GatewayClass): NonNullable<GatewayClass['status']> {
  const accepted = holds('Accepted', 'Accepted', 'hikyaku serves Gateways of this class');
  return { ...status, conditions: conditionsOf(status?.conditions, metadata.generation, [accepted]) };
}

/** `listeners` and `routes` are all there are; `url` is where the gateway can be reached. */
export function statusOfGateway(
  gateway: KubernetesGateway,
  listeners: readonly Listener[],
  routes: readonly AttachedRoute[],
  url: string,
): NonNullable<KubernetesGateway['status']> {
  const { metadata, status } = gateway;
  const own = listeners.filter((listener) => listener.gateway === nameOf(gateway));
  const served = own.filter(takesTraffic);
  const invalid = own.filter((listener) => problemOf(listener) !== undefined);
  const names = invalid.map(({ spec }) => spec.name).join(', ');
  const accepted =
    served.length > 0
      ? holds(
          'Accepted',
          invalid.length > 0 ? 'ListenersNotValid' : 'Accepted',
          names === '' ? 'all listeners are served' : `see listeners ${names}`,
        )
      : fails('Accepted', noneServed(own, names));
  const programmed =
    served.length > 0
      ? holds('Programmed', 'Programmed', `served at ${placesInWords(served, url)}`)
      : fails('Programmed', { reason: 'Invalid', message: 'no listener can be served' });
  return {
    ...status,
    addresses: addressesOf(served).map((value) => ({ type: 'IPAddress', value })),
    conditions: conditionsOf(status?.conditions, metadata.generation, [accepted, programmed]),
    listeners: own.map((listener) => listenerStatus(gateway, listener, routes)),
  };
}

function noneServed(own: readonly Listener[], names: string): Problem {
  const unaddressed = own.find(({ notAccepted }) => notAccepted?.reason === 'UnsupportedAddress');
  return unaddressed?.notAccepted ?? { reason: 'ListenersNotValid', message: `no listener can be served; see ${names}` };
}

/** Its own first, where all of its listeners are there. */
function addressesOf(served: readonly Listener[]): string[] {
  const own = served.map(({ places }) => places.find(isOwnPlace));
  const [first] = own;
  const isShared = served.some(({ places }) => places.some((place) => !isOwnPlace(place)));
  const { address } = first === undefined || own.includes(undefined) ? {} : addressOf(first);
  return [...(address === undefined ? [] : [address]), ...(isShared || address === undefined ? ['127.0.0.1'] : [])];
}

function placesInWords(served: readonly Listener[], url: string): string {
  return addressesOf(served)
    .map((address) => (address === '127.0.0.1' ? url : address))
    .join(' and at ');
}

function listenerStatus(
  { metadata, status }: KubernetesGateway,
  listener: Listener,
  routes: readonly AttachedRoute[],
): GatewayListenerStatus {
  const { gateway, spec, kinds, conflict, unresolved } = listener;
  const notAccepted = listener.notAccepted ?? conflict;
  const attached = routes.filter(({ attachments }) =>
    attachments.some(({ listeners }) => listeners.some((own) => own.listener.gateway === gateway && own.listener.spec === spec)),
  );
  const before = status?.listeners?.find(({ name }) => name === spec.name)?.conditions;
  const broken = problemOf(listener);
  const wanted = [
    notAccepted ? fails('Accepted', notAccepted) : holds('Accepted', 'Accepted', 'the listener is served'),
    broken
      ? fails('Programmed', { reason: 'Invalid', message: broken.message })
      : holds('Programmed', 'Programmed', 'the listener takes traffic'),
    unresolved ? fails('ResolvedRefs', unresolved) : holds('ResolvedRefs', 'ResolvedRefs', 'all references hold'),
    conflict
      ? holds('Conflicted', conflict.reason, conflict.message)
      : fails('Conflicted', { reason: 'NoConflicts', message: 'no other listener is in its way' }),
  ];
  return {
    name: spec.name,
    supportedKinds: kinds.map((kind) => ({ group: gatewayApiGroup, kind })),
    attachedRoutes: attached.length,
    conditions: conditionsOf(before, metadata.generation, wanted),
  };
}

function problemOf({ notAccepted, conflict, unresolved }: Listener): Problem | undefined {
  return notAccepted ?? conflict ?? unresolved;
}

/** What other controllers say of their parents stays. */
export function statusOfRoute({ route, attachments, compiled }: AttachedRoute): RouteStatus {
  const before = route.status?.parents ?? [];
  const others = before.filter((parent) => parent.controllerName !== controllerName);
  const own = attachments.map(({ parentRef, problem }): RouteParentStatus => {
    const earlier = before.find(
      (parent) => parent.controllerName === controllerName && isSameParent(parent.parentRef, parentRef),
    );
    const wanted = [
      problem ? fails('Accepted', problem) : holds('Accepted', 'Accepted', 'the route is in force'),
      resolvedRefs(compiled.findings),
      ...partiallyInvalid(compiled.findings),
    ];
    return { parentRef, controllerName, conditions: conditionsOf(earlier?.conditions, route.metadata.generation, wanted) };
  });
  return { ...route.status, parents: [...others, ...own] };
}

function resolvedRefs(findings: readonly RouteFinding[]): Wanted {
  const [first] = findings.filter(({ condition }) => condition === 'ResolvedRefs');
  return first ? fails('ResolvedRefs', first) : holds('ResolvedRefs', 'ResolvedRefs', 'all references hold');
}

/** This one is there only when it holds. */
function partiallyInvalid(findings: readonly RouteFinding[]): Wanted[] {
  const [first] = findings.filter(({ condition }) => condition === 'PartiallyInvalid');
  return first ? [holds('PartiallyInvalid', first.reason, first.message)] : [];
}

function isSameParent(a: ParentReference, b: ParentReference): boolean {
  const identity = ({ group, kind, namespace, name, sectionName, port }: ParentReference) =>
    JSON.stringify([group ?? gatewayApiGroup, kind ?? 'Gateway', namespace, name, sectionName, port]);
  return identity(a) === identity(b);
}

function holds(type: string, reason: string, message: string): Wanted {
  return { type, status: 'True', reason, message };
}

function fails(type: string, { reason, message }: Problem): Wanted {
  return { type, status: 'False', reason, message };
}

function conditionsOf(
  before: readonly GatewayCondition[] | undefined,
  generation: number | undefined,
  wanted: readonly Wanted[],
): GatewayCondition[] {
  const observed = generation === undefined ? {} : { observedGeneration: generation };
  return wanted.flatMap((condition) => {
    const earlier = findCondition(before, condition.type);
    return setCondition<GatewayCondition>(earlier && [earlier], { ...condition, ...observed });
  });
}
