/** Cases after the Gateway API's conformance tests, by their names: what the statuses say. */
import type { GatewayCondition, HTTPRoute, KubernetesGateway } from '@hikyaku/resources';
import { describe, expect, test } from 'vitest';
import { parentsOf } from '../../snapshot/gateway-api/attachments.ts';
import { attachRoutes } from '../../snapshot/gateway-api/compile.ts';
import type { GatewayPlace } from '../../snapshot/gateway-ports.ts';
import { gateway, httpRoute, to } from '../../testing/gateway-api-cases.ts';
import { gatewayWorld } from '../../testing/gateway-api.ts';
import { statusOfClass, statusOfGateway, statusOfRoute } from './status.ts';

const url = 'http://localhost:8080';

function statusesOf(manifests: string, unavailable: ReadonlyMap<GatewayPlace, string> = new Map()) {
  const { gatewayApi, ...surroundings } = gatewayWorld(manifests).resources;
  const parents = parentsOf(gatewayApi, { ...surroundings, unavailable });
  const routes = attachRoutes(gatewayApi, parents, () => undefined);
  return {
    gateways: gatewayApi.gateways.map((own) => statusOfGateway(own, parents.listeners, routes, url)),
    routes: routes.map(statusOfRoute),
  };
}

const conditions = (list: readonly GatewayCondition[] | undefined) =>
  (list ?? []).map(({ type, status, reason }) => `${type}=${status} ${reason}`);

const good = ['Accepted=True Accepted', 'ResolvedRefs=True ResolvedRefs'];
const listener = (change: string) => `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: same }
spec:
  gatewayClassName: hikyaku
  listeners: [{ name: http, port: 80, protocol: HTTP${change} }]
`;

describe('a route says', () => {
  const simple = httpRoute(`  rules: [{ ${to('v1')} }]\n`);
  const withParent = (parent: string) => simple.replace('{ name: same }', parent);
  const inOther = simple
    .replace(/name: (r\d+) \}/, 'name: $1, namespace: other }')
    .replace('{ name: same }', '{ name: same, namespace: default }');
  test.each<[string, string, string[]]>([
    ['HTTPRouteSimpleSameNamespace', gateway + simple, good],
    [
      'HTTPRouteInvalidParentRefNotMatchingSectionName',
      gateway + withParent('{ name: same, sectionName: x }'),
      ['Accepted=False NoMatchingParent', good[1]!],
    ],
    [
      'HTTPRouteInvalidParentRefNotMatchingListenerPort',
      gateway + withParent('{ name: same, port: 81 }'),
      ['Accepted=False NoMatchingParent', good[1]!],
    ],
    ['a Gateway that is not there', gateway + withParent('{ name: nobody }'), ['Accepted=False NoMatchingParent', good[1]!]],
    ['HTTPRouteInvalidCrossNamespaceParentRef', listener('') + inOther, ['Accepted=False NotAllowedByListeners', good[1]!]],
    [
      'a kind the listener does not take',
      listener(', allowedRoutes: { kinds: [{ kind: GRPCRoute }] }') + simple,
      ['Accepted=False NotAllowedByListeners', good[1]!],
    ],
    [
      'HTTPRouteHostnameIntersection',
      listener(', hostname: a.example') + httpRoute(`  hostnames: [b.example]\n  rules: [{ ${to('v1')} }]\n`),
      ['Accepted=False NoMatchingListenerHostname', good[1]!],
    ],
    [
      'HTTPRouteInvalidNonExistentBackendRef',
      gateway + httpRoute(`  rules: [{ ${to('nobody')} }]\n`),
      [good[0]!, 'ResolvedRefs=False BackendNotFound'],
    ],
    [
      'HTTPRouteInvalidBackendRefUnknownKind',
      gateway + httpRoute('  rules: [{ backendRefs: [{ group: x.example, kind: Bucket, name: v1 }] }]\n'),
      [good[0]!, 'ResolvedRefs=False InvalidKind'],
    ],
    [
      'HTTPRouteInvalidCrossNamespaceBackendRef',
      gateway + httpRoute('  rules: [{ backendRefs: [{ name: v1, namespace: other, port: 8080 }] }]\n'),
      [good[0]!, 'ResolvedRefs=False RefNotPermitted'],
    ],
    [
      'a match that is not RE2',
      gateway + httpRoute(`  rules: [{ matches: [{ path: { type: RegularExpression, value: '(?=x)' } }], ${to('v1')} }]\n`),
      [...good, 'PartiallyInvalid=True UnsupportedValue'],
    ],
    ['MeshBasic', withParent("{ group: '', kind: Service, name: v1 }"), good],
    [
      'a Service that is not there',
      withParent("{ group: '', kind: Service, name: nobody }"),
      ['Accepted=False NoMatchingParent', good[1]!],
    ],
    [
      'a Service of another namespace',
      withParent("{ group: '', kind: Service, name: v1, namespace: other }"),
      ['Accepted=False UnsupportedValue', good[1]!],
    ],
  ])('%s', (_, manifests, expected) => {
    const [parents] = statusesOf(manifests).routes.map((status) => status.parents);
    expect(parents?.map((parent) => conditions(parent.conditions))).toEqual([expected]);
    expect(parents?.[0]).toMatchObject({ controllerName: 'hikyaku.dev/gateway-controller' });
  });

  test('HTTPRouteMultipleGateways: of each parent its own, in order', () => {
    const { routes } = statusesOf(gateway + withParent('{ name: same }, { name: nobody }'));
    expect(routes[0]?.parents.map(({ parentRef, conditions: own }) => [parentRef.name, own[0]?.status])).toEqual([
      ['same', 'True'],
      ['nobody', 'False'],
    ]);
  });

  test('nothing of Gateways that somebody else serves', () => {
    const foreign = `apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: { name: nginx }
spec: { controllerName: nginx.org/gateway-controller }
---
${gateway.replace('hikyaku', 'nginx')}`;
    expect(statusesOf(foreign + simple).routes).toEqual([{ parents: [] }]);
    expect(gatewayWorld(foreign + simple).ask('GET', '/')).toBe('404');
    expect(gatewayWorld(foreign.replace('nginx.org', 'hikyaku.dev') + simple).ask('GET', '/')).toBe('v1');
  });
});

describe('a Gateway says', () => {
  test.each<[string, string, string[], string[]]>([
    [
      'GatewayWithAttachedRoutes',
      '',
      ['Accepted=True Accepted', 'Programmed=True Programmed'],
      ['Accepted=True Accepted', 'Programmed=True Programmed', 'ResolvedRefs=True ResolvedRefs', 'Conflicted=False NoConflicts'],
    ],
    [
      'GatewayInvalidRouteKind',
      ', allowedRoutes: { kinds: [{ kind: TCPRoute }, { kind: HTTPRoute }] }',
      ['Accepted=True ListenersNotValid', 'Programmed=True Programmed'],
      [
        'Accepted=True Accepted',
        'Programmed=False Invalid',
        'ResolvedRefs=False InvalidRouteKinds',
        'Conflicted=False NoConflicts',
      ],
    ],
  ])('%s', (_, change, own, ofListener) => {
    const [status] = statusesOf(listener(change) + httpRoute(`  rules: [{ ${to('v1')} }]\n`)).gateways;
    expect(conditions(status?.conditions)).toEqual(own);
    expect(conditions(status?.listeners?.[0]?.conditions)).toEqual(ofListener);
    expect(status?.listeners?.[0]).toMatchObject({ attachedRoutes: 1 });
    expect(status?.addresses).toEqual([{ type: 'IPAddress', value: '127.0.0.1' }]);
  });

  test('why a listener is not served', () => {
    const [status] = statusesOf(
      listener(
        ' }, { name: more, port: 81, protocol: HTTP }, { name: tcp, port: 82, protocol: TCP }, { name: tls, port: 80, protocol: HTTPS',
      ),
      new Map([[81, 'port 81 is taken by node (pid 1)']]),
    ).gateways;
    expect(status?.listeners?.map((own) => conditions(own.conditions)[0])).toEqual([
      'Accepted=True Accepted',
      'Accepted=False PortUnavailable',
      'Accepted=False UnsupportedProtocol',
      'Accepted=False ProtocolConflict',
    ]);
    expect(status?.listeners?.map(({ supportedKinds }) => supportedKinds?.length)).toEqual([2, 2, 0, 2]);
    expect(status?.listeners?.[1]?.conditions[0]?.message).toBe('port 81 is taken by node (pid 1)');
    expect(conditions(status?.listeners?.[3]?.conditions)).toContain('Conflicted=True ProtocolConflict');
  });

  test('GatewayInvalidTLSConfiguration', () => {
    const [status] = statusesOf(
      listener(' }, { name: tls, port: 443, protocol: HTTPS, tls: { certificateRefs: [{ name: nobody }] }'),
    ).gateways;
    expect(conditions(status?.conditions)).toEqual(['Accepted=True ListenersNotValid', 'Programmed=True Programmed']);
    expect(conditions(status?.listeners?.[1]?.conditions)).toEqual([
      'Accepted=True Accepted',
      'Programmed=False Invalid',
      'ResolvedRefs=False InvalidCertificateRef',
      'Conflicted=False NoConflicts',
    ]);
  });
});

test('times stay where nothing changed, and observedGeneration follows', () => {
  const { gatewayApi, ...surroundings } = gatewayWorld(gateway + httpRoute(`  rules: [{ ${to('v1')} }]\n`)).resources;
  const parents = parentsOf(gatewayApi, surroundings);
  const old = '2026-01-01T00:00:00Z';
  const before = (status: 'True' | 'False'): HTTPRoute['status'] => ({
    parents: [
      { parentRef: { name: 'foreign' }, controllerName: 'x.example/y', conditions: [] },
      {
        parentRef: { name: 'same' },
        controllerName: 'hikyaku.dev/gateway-controller',
        conditions: [
          {
            type: 'Accepted',
            status,
            reason: 'Accepted',
            message: 'the route is in force',
            lastTransitionTime: old,
            observedGeneration: 1,
          },
        ],
      },
    ],
  });
  const after = (status: 'True' | 'False') => {
    const httpRoutes = gatewayApi.httpRoutes.map((route) => ({
      ...route,
      status: before(status)!,
      metadata: { ...route.metadata, generation: 2 },
    }));
    const [attached] = attachRoutes({ ...gatewayApi, httpRoutes }, parents, () => undefined);
    return statusOfRoute(attached!).parents;
  };
  expect(after('True').map(({ parentRef }) => parentRef.name)).toEqual(['foreign', 'same']);
  expect(after('True')[1]?.conditions[0]).toMatchObject({ lastTransitionTime: old, observedGeneration: 2 });
  expect(after('False')[1]?.conditions[0]?.lastTransitionTime).not.toBe(old);
});

test('GatewayClassObservedGenerationBump', () => {
  const own = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'GatewayClass',
    metadata: { name: 'istio', generation: 3 },
    spec: { controllerName: 'a.b/c' },
  };
  expect(statusOfClass(own).conditions).toMatchObject([{ type: 'Accepted', status: 'True', observedGeneration: 3 }]);
});

test('a Gateway keeps what else its status has', () => {
  const { gatewayApi, ...surroundings } = gatewayWorld(gateway).resources;
  const [own] = gatewayApi.gateways as [KubernetesGateway];
  const parents = parentsOf(gatewayApi, surroundings);
  const first = statusOfGateway(own, parents.listeners, [], url);
  expect(statusOfGateway({ ...own, status: first }, parents.listeners, [], url)).toEqual(first);
});
