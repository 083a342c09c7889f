import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileRouteTable, decide, decideForService } from '../routing/decide.ts';
import { compile } from '../snapshot/compile.ts';
import type { MeshResources } from '../snapshot/compile.ts';
import {
  destinationRule,
  endpointSlice,
  gateway,
  httpServer,
  labelledPod,
  service,
  unreadyPod,
  virtualService,
} from '../testing/resources.ts';
import { explain } from './explain.ts';
import type { Outcome } from './explanation.ts';
import { formatExplanation } from './format.ts';
import { BadRequestError, headOf } from './request.ts';
import type { AskedRequest } from './request.ts';

type Rules = NonNullable<NonNullable<Parameters<typeof virtualService>[1]>['http']>;

const to = (host: string, weight?: number) => ({ destination: { host }, ...(weight !== undefined && { weight }) });

function system(rules: Rules, change: Partial<MeshResources> = {}): MeshResources {
  return {
    gateways: [gateway('public')],
    virtualServices: [virtualService('shop', { hosts: ['*'], gateways: ['public'], http: rules })],
    services: [service('users'), service('orders')],
    endpointSlices: [
      endpointSlice('users', [{ address: '127.16.0.1', port: 8080, pod: 'users-a' }]),
      endpointSlice('orders', [
        { address: '127.16.0.2', port: 8080, pod: 'orders-a' },
        { address: '127.16.0.3', port: 8080, pod: 'orders-b', ready: false },
      ]),
    ],
    pods: [unreadyPod('orders-b', 'orders: readiness: HTTP 503')],
    ...change,
  };
}

function get(url: string, headers: AskedRequest['headers'] = []): AskedRequest {
  return { method: 'GET', url, headers };
}

function outcomeOf<K extends Outcome['kind']>(outcome: Outcome, kind: K): Extract<Outcome, { kind: K }> {
  if (!isOfKind(outcome, kind)) throw new Error(`expected ${kind}, got ${JSON.stringify(outcome)}`);
  return outcome;
}

function isOfKind<K extends Outcome['kind']>(outcome: Outcome, kind: K): outcome is Extract<Outcome, { kind: K }> {
  return outcome.kind === kind;
}

const users: Rules[number] = { name: 'users', match: [{ uri: { prefix: '/users' } }], route: [to('users')] };
const orders: Rules[number] = {
  name: 'orders',
  match: [{ uri: { prefix: '/orders' } }],
  rewrite: { uri: '/v2' },
  timeout: '2s',
  route: [to('orders')],
};

describe('a request at the gateway', () => {
  it('is followed past the rules that do not match, each with the reason, to the one that does', () => {
    const { passedOver, matched, notAsked, isRouted } = explain(
      system([users, orders, { route: [to('users')] }]),
      get('/orders/7'),
    );
    expect(passedOver).toEqual([
      { rule: 'VirtualService default/shop, rule 1 (users)', reasons: ['path /orders/7 does not start with /users'] },
    ]);
    expect(matched).toEqual({
      rule: 'VirtualService default/shop, rule 2 (orders)',
      because: ['path /orders/7 starts with /orders'],
    });
    expect(notAsked).toBe(1);
    expect(isRouted).toBe(true);
  });

  it('is told with what it becomes, and which endpoints can take it and which cannot', () => {
    const outcome = outcomeOf(explain(system([orders]), get('http://localhost:8080/orders/7?full=1')).outcome, 'forward');
    expect(outcome).toMatchObject({ target: '/v2/7?full=1', timeoutMs: 2000, retry: { attempts: 2 } });
    expect(outcome.destinations).toEqual([
      {
        cluster: 'orders.default:80',
        percent: 100,
        endpoints: [
          { address: '127.16.0.2', port: 8080, pod: 'orders-a' },
          { address: '127.16.0.3', port: 8080, pod: 'orders-b', unpickable: 'orders: readiness: HTTP 503' },
        ],
      },
    ]);
  });

  it('is shown with the share of each destination, and is not routed when one of them has no endpoint', () => {
    const { outcome, isRouted } = explain(system([{ route: [to('users', 90), to('carts', 10)] }]), get('/'));
    const [most, rest] = outcomeOf(outcome, 'forward').destinations;
    expect(most).toMatchObject({ cluster: 'users.default:80', percent: 90 });
    expect(rest).toMatchObject({ percent: 10, refusal: { status: 503, detail: expect.stringContaining('no Service port') } });
    expect(isRouted).toBe(false);
  });

  it('to a subset is told which endpoints are not of it', () => {
    const http = [{ route: [{ destination: { host: 'orders', subset: 'next' } }] }];
    const resources = system(http, {
      destinationRules: [destinationRule('orders', { subsets: [{ name: 'next', labels: { version: '2' } }] })],
      endpointSlices: [
        endpointSlice('orders', [
          { address: '127.16.0.2', port: 8080, pod: 'orders-1' },
          { address: '127.16.0.3', port: 8080, pod: 'orders-2' },
        ]),
      ],
      pods: [labelledPod('orders-1', { version: '1' }), labelledPod('orders-2', { version: '2' })],
    });
    expect(outcomeOf(explain(resources, get('/')).outcome, 'forward').destinations).toMatchObject([
      {
        cluster: 'orders.default:80/next',
        endpoints: [{ pod: 'orders-1', unpickable: 'not of subset next' }, { pod: 'orders-2' }],
      },
    ]);
  });

  it('names every alternative of a rule and every condition of it that failed', () => {
    const match = [
      { headers: { 'X-User': { exact: 'jason' } }, method: { exact: 'POST' } },
      { queryParams: { v: { regex: '2|3' } } },
    ];
    const { passedOver, outcome } = explain(system([{ match, route: [to('users')] }]), get('/?v=1', [['x-user', 'ann']]));
    expect(passedOver[0]?.reasons).toEqual([
      'method GET is not POST and header x-user "ann" is not jason',
      'query parameter v "1" does not match 2|3',
    ]);
    expect(outcome).toMatchObject({ kind: 'refuse', status: 404, detail: 'No rule for the host localhost matches GET /.' });
  });

  it.each<[string, Rules[number]['match'], AskedRequest, string]>([
    ['absent', [{ headers: { 'x-user': {} } }], get('/'), 'header x-user is absent'],
    ['absent', [{ headers: { 'x-user': { exact: 'a' } } }], get('/'), 'header x-user is absent'],
    [
      'excluded',
      [{ withoutHeaders: { 'x-user': {} } }],
      get('/', [['X-User', 'a']]),
      'header x-user is present, which the rule excludes',
    ],
    ['of other case', [{ uri: { exact: '/a' }, ignoreUriCase: true }], get('/B'), 'path /B is not /a (case ignored)'],
    [
      'for another authority',
      [{ authority: { exact: 'a.test' } }],
      get('http://localhost:1/'),
      'authority localhost:1 is not a.test',
    ],
    ['of another scheme', [{ scheme: { exact: 'https' } }], get('/'), 'scheme http is not https'],
  ])('says what is %s', (_, match, request, reason) => {
    expect(explain(system([{ match: match ?? [], route: [to('users')] }]), request).passedOver[0]?.reasons).toEqual([reason]);
  });

  it('is refused with 421, and no rule is asked, when its host is not served', () => {
    const { outcome, passedOver, isRouted } = explain(system([users]), get('http://shop.example.com/users'));
    expect(outcome).toMatchObject({ kind: 'refuse', status: 421 });
    expect(passedOver).toEqual([]);
    expect(isRouted).toBe(false);
  });

  it('is asked for by its Host header before the URL', () => {
    const named = system([users], { gateways: [gateway('public', [httpServer(['shop.example.com'])])] });
    expect(explain(named, get('/users', [['Host', 'shop.example.com']])).place).toBe(
      'at the gateway, by the rules for host shop.example.com',
    );
  });

  it.each(['https://localhost/', 'ftp://localhost/', 'http://a b/', ''])('cannot be made of %j', (url) => {
    expect(() => explain(system([]), get(url))).toThrow(BadRequestError);
  });
});

describe('a call from a Pod', () => {
  const canary = virtualService('canary', {
    hosts: ['orders'],
    http: [{ match: [{ headers: { beta: {} } }], route: [to('users')] }, { route: [to('orders')] }],
  });
  const meshed = system([], {
    virtualServices: [canary],
    services: [
      service('users', { clusterIP: '127.96.0.1', portName: 'http' }),
      service('orders', { clusterIP: '127.96.0.2', portName: 'http' }),
      service('database'),
      service('cache', { clusterIP: '127.96.0.3', port: 6379 }),
      service('empty', { clusterIP: '127.96.0.4' }),
    ],
    endpointSlices: [
      endpointSlice('users', [{ address: '127.16.0.1', port: 8080 }], 'http'),
      endpointSlice('orders', [{ address: '127.16.0.2', port: 8080 }], 'http'),
      endpointSlice('cache', [{ address: '127.16.0.3', port: 6379 }]),
    ],
  });
  const call = (url: string, headers?: AskedRequest['headers']) => explain(meshed, get(url, headers), { namespace: 'default' });

  it.each(['http://orders/x', 'http://orders.default/x', 'http://orders.default.svc.cluster.local/x', 'http://127.96.0.2/x'])(
    'to %s is ruled by the VirtualService of the Service',
    (url) => {
      const { matched, passedOver } = call(url);
      expect(passedOver).toEqual([{ rule: 'VirtualService default/canary, rule 1', reasons: ['header beta is absent'] }]);
      expect(matched?.rule).toBe('VirtualService default/canary, rule 2');
    },
  );

  it('goes straight to the endpoints of a Service without rules', () => {
    expect(outcomeOf(call('http://users/a').outcome, 'forward').destinations).toMatchObject([
      { cluster: 'users.default:80', percent: 100 },
    ]);
  });

  it('is carried as bytes where the port does not say http', () => {
    expect(outcomeOf(call('http://cache:6379/').outcome, 'connect').destinations[0]?.endpoints).toHaveLength(1);
  });

  it.each([
    ['http://database/', 'is headless'],
    ['http://orders:81/', 'has no port 81; it has 80'],
    ['http://nobody/', 'is no Service that a Pod in namespace default could mean'],
    ['http://localhost/', 'is the Pod itself'],
    ['http://empty/', 'The connection is refused: no ready endpoints for Service default/empty: no Pod matches its selector.'],
  ])('to %s: %s', (url, detail) => {
    const { outcome, isRouted } = call(url);
    expect(outcomeOf(outcome, 'unreachable').detail).toContain(detail);
    expect(isRouted).toBe(false);
  });
});

describe('whatever the rules and the request', () => {
  const text = fc.constantFrom('/', '/a', '/ab', '/A', 'x', 'y');
  const stringMatch = fc.oneof(
    text.map((exact) => ({ exact })),
    text.map((prefix) => ({ prefix })),
    fc.constantFrom({ regex: '.*' }, { regex: '/a.*' }, { regex: 'x|y' }),
  );
  const headers = fc.dictionary(fc.constantFrom('H', 'i'), fc.oneof(stringMatch, fc.constant({})), { maxKeys: 2 });
  const method = fc.constantFrom({ exact: 'GET' }, { regex: 'GET|PUT' }, { prefix: 'P' });
  const match = fc.record(
    {
      uri: stringMatch,
      ignoreUriCase: fc.boolean(),
      method,
      headers,
      withoutHeaders: headers,
      queryParams: fc.dictionary(fc.constantFrom('q'), stringMatch),
    },
    { requiredKeys: [] },
  );
  const route = fc.boolean().map((isSplit) => (isSplit ? [to('users', 1), to('orders', 3)] : [to('users')]));
  const rule: fc.Arbitrary<Rules[number]> = fc.record({ match: fc.array(match, { maxLength: 2 }), route });
  const request: fc.Arbitrary<AskedRequest> = fc.record({
    method: fc.constantFrom('GET', 'PUT'),
    url: fc.constantFrom('/', '/a', '/ab/c', '/A', '/x?q=x', '/a/../ab?q=', '/%2e%2e/a'),
    headers: fc.array(fc.tuple(fc.constantFrom('h', 'I'), fc.constantFrom('x', 'y', '/a')), { maxLength: 2 }),
  });

  it('tells the decision the proxy makes, and the same rule', () => {
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 5 }), request, fc.boolean(), (rules, asked, isCall) => {
        const called = isCall ? { ...asked, url: `http://orders${asked.url}` } : asked;
        const resources = system([], {
          virtualServices: [
            virtualService('shop', { hosts: [isCall ? 'orders' : '*'], gateways: [isCall ? 'mesh' : 'public'], http: rules }),
          ],
          services: [
            service('users', { clusterIP: '127.96.0.1', portName: 'http' }),
            service('orders', { clusterIP: '127.96.0.2', portName: 'http' }),
          ],
          endpointSlices: ['users', 'orders'].map((name) => endpointSlice(name, [{ address: '127.16.0.1', port: 1 }], 'http')),
        });
        const table = compileRouteTable(compile(resources));
        const head = headOf(called);
        const decision = isCall ? decideForService(table, 'orders.default:80', head, 0) : decide(table, head, 0);
        const told = explain(resources, called, isCall ? { namespace: 'default' } : undefined);
        expect(told.outcome.kind).toBe(decision.kind);
        expect(told.matched?.rule).toBe(decision.kind === 'forward' ? decision.route : undefined);
        expect(told.isRouted).toBe(decision.kind === 'forward');
        for (const { reasons } of told.passedOver) expect(reasons).not.toContain('');
      }),
      { numRuns: 500 },
    );
  });
});

describe('who calls', () => {
  const http = [{ match: [{ sourceNamespace: 'shop', sourceLabels: { app: 'cart' } }], route: [to('users')] }];
  const meshed = {
    ...system([]),
    services: [service('users', { clusterIP: '127.96.0.1', portName: 'http' })],
    endpointSlices: [endpointSlice('users', [{ address: '127.16.0.1', port: 8080 }], 'http')],
    virtualServices: [virtualService('users', { hosts: ['users'], http })],
  };
  const from = (caller: { namespace: string; labels?: Record<string, string> }) =>
    explain(meshed, get('http://users.default/'), caller);

  it('is told apart by namespace and labels', () => {
    expect(from({ namespace: 'shop', labels: { app: 'cart' } }).matched?.because).toEqual([
      'the caller\'s namespace "shop" is shop',
      'the caller\'s label app "cart" is cart',
    ]);
    expect(from({ namespace: 'default' }).passedOver[0]?.reasons).toEqual([
      'the caller\'s namespace "default" is not shop and the caller\'s label app is absent',
    ]);
  });

  it('may have rules of its own namespace', () => {
    const own = virtualService(
      'own',
      { hosts: ['users.default'], exportTo: ['.'], http: [{ route: [to('users.default')] }] },
      'shop',
    );
    const told = explain({ ...meshed, virtualServices: [own] }, get('http://users.default/'), { namespace: 'shop' });
    expect(told.matched?.rule).toBe('VirtualService shop/own, rule 1');
  });
});

describe('a call to the host of a ServiceEntry', () => {
  it('is told with what the entry leads to', () => {
    const entry = {
      apiVersion: 'networking.istio.io/v1',
      kind: 'ServiceEntry',
      metadata: { name: 'rates', namespace: 'default' },
      spec: {
        hosts: ['rates.example.com'],
        ports: [{ number: 80, name: 'http', protocol: 'HTTP' }],
        endpoints: [{ address: '127.0.0.9', ports: { http: 9000 } }],
      },
    };
    const told = explain({ ...system([]), serviceEntries: [entry] }, get('http://rates.example.com/'), { namespace: 'default' });
    expect(outcomeOf(told.outcome, 'forward').destinations).toMatchObject([
      { cluster: 'rates.example.com:80', endpoints: [{ address: '127.0.0.9', port: 9000 }] },
    ]);
  });
});

describe('a call to a host under a wildcard', () => {
  const entry = (name: string, host: string) => ({
    apiVersion: 'networking.istio.io/v1',
    kind: 'ServiceEntry',
    metadata: { name, namespace: 'default' },
    spec: { hosts: [host], ports: [{ number: 80, name: 'http', protocol: 'HTTP', targetPort: 8080 }] },
  });

  it('is told with that host, under the longest wildcard', () => {
    const serviceEntries = [entry('all', '*.example.com'), entry('eu', '*.eu.example.com')];
    const told = explain({ ...system([]), serviceEntries }, get('http://api.eu.example.com/'), { namespace: 'default' });
    expect(outcomeOf(told.outcome, 'forward').destinations).toMatchObject([
      { cluster: '*.eu.example.com:80', endpoints: [{ address: 'api.eu.example.com', port: 8080 }] },
    ]);
  });
});

describe('a connection', () => {
  it('is told with the rule for connections that takes it', () => {
    const route = [
      { ...to('users'), weight: 1 },
      { ...to('orders'), weight: 3 },
    ];
    const told = explain(
      {
        ...system([]),
        services: [service('db', { clusterIP: '127.96.0.1', port: 5432 }), service('users'), service('orders')],
        endpointSlices: [endpointSlice('db', [{ address: '127.16.0.1', port: 5432 }])],
        virtualServices: [virtualService('db', { hosts: ['db'], tcp: [{ route }] })],
      },
      get('http://db:5432/'),
      { namespace: 'default' },
    );
    expect(formatExplanation(told)).toContain('only rules for connections are asked: VirtualService default/db, tcp rule 1');
    expect(outcomeOf(told.outcome, 'connect').destinations).toMatchObject([{ percent: 25 }, { percent: 75 }]);
  });
});

describe('as text', () => {
  it('shows what a rule does besides', () => {
    const rule: Rules[number] = {
      route: [{ ...to('orders'), headers: { request: { set: { Host: 'inner', 'x-a': '1' } } } }],
      headers: { request: { remove: ['Cookie'] }, response: { add: { 'x-b': '2' } } },
      fault: {
        delay: { fixedDelay: '1s', percentage: { value: 5 } },
        abort: { grpcStatus: 'UNAVAILABLE', percentage: { value: 1 } },
      },
      mirror: { host: 'users' },
      corsPolicy: { allowOrigins: [{ exact: 'https://a' }, { prefix: 'http://localhost:' }], allowMethods: ['GET'] },
    };
    expect(formatExplanation(explain(system([rule]), get('/')))).toContain(`
      request header cookie is removed
      response header x-b gets "2" added
      CORS: https://a, http://localhost:… are allowed GET; preflights of others go to the service
      fault: 5 % are delayed by 1000 ms
      fault: 1 % are answered with 503 (gRPC status 14)
      mirror: 100 % are copied to users.default:80
  → orders.default:80  100 %, Host inner
      request header x-a is set to "1"
`);
  });

  it('shows it of redirects and answers, too', () => {
    const corsPolicy = { allowOrigins: [{ regex: '.*' }], unmatchedPreflights: 'IGNORE' as const };
    const text = (rule: Rules[number]) => formatExplanation(explain(system([{ ...rule, corsPolicy }]), get('/')));
    const cors = '      CORS: /.*/ is allowed; preflights of others are answered by the proxy';
    expect(text({ redirect: { uri: '/x' } })).toContain(`redirected, 301, to http://localhost/x\n${cors}`);
    expect(text({ directResponse: { status: 200, body: { bytes: 'AAEC' } } })).toContain(`200: 3 bytes\n${cors}`);
  });

  it('reads from the rules to the endpoints', () => {
    expect(formatExplanation(explain(system([users, orders]), get('/orders')))).toBe(`GET http://localhost/orders
  at the gateway, by the rules for host *

  ✗ VirtualService default/shop, rule 1 (users)
      path /orders does not start with /users
  ✓ VirtualService default/shop, rule 2 (orders)
      path /orders starts with /orders

  → forwarded as /v2
      timeout 2000 ms, up to 2 retries on connect-failure, refused-stream, unavailable, cancelled, retriable-status-codes
  → orders.default:80  100 %
      ✓ 127.16.0.2:8080  orders-a
      ✗ 127.16.0.3:8080  orders-b  orders: readiness: HTTP 503`);
  });

  it('says when there are no rules to ask', () => {
    const resources = system([], { services: [service('users', { clusterIP: '127.96.0.1', portName: 'http' })] });
    const endpointSlices = [endpointSlice('users', [{ address: '127.16.0.1', port: 8080 }], 'http')];
    const explanation = explain({ ...resources, endpointSlices }, get('http://users/'), { namespace: 'default' });
    expect(formatExplanation(explanation)).toContain('no route rules calls to this Service');
  });

  it('keeps control characters from the terminal', () => {
    const pods = [unreadyPod('orders-b', '\u001b[2J')];
    expect(formatExplanation(explain(system([orders], { pods }), get('/orders')))).not.toContain('\u001b');
  });
});
