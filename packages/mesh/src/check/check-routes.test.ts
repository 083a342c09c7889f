import { parseManifests } from '@hikyaku/resources';
import { describe, expect, it } from 'vitest';
import { checkRoutes } from './check-routes.ts';

const services = `
apiVersion: v1
kind: Service
metadata: { name: users }
spec: { ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Service
metadata: { name: twin }
spec: { ports: [{ name: http, port: 80 }, { name: admin, port: 81 }] }
`;

function gateway(hosts = "['*']"): string {
  return `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: public }
spec: { servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: ${hosts} }] }
`;
}

/** The rules are on lines of their own from line 7 on. */
function rules(name: string, http: string[], { hosts = "['*']", gateways = '[public]' } = {}): string {
  return `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: ${name} }
spec:
  hosts: ${hosts}
  gateways: ${gateways}
  http:
${http.map((rule) => `    - ${rule}`).join('\n')}
`;
}

/** Of the first file; `others` complete the set. */
function findings(text: string, ...others: string[]): string[] {
  const files = [
    { path: 'routes.yaml', text },
    ...[...others, services].map((other, index) => ({ path: `other-${index}.yaml`, text: other })),
  ];
  return parseManifests(files, [checkRoutes])
    .diagnostics.filter(({ file }) => file === 'routes.yaml')
    .map(
      ({ severity, line, column, message, suggestion }) =>
        `${severity} ${line}:${column} ${message}${suggestion === undefined ? '' : `; ${suggestion}`}`,
    );
}

const to = (host: string) => `route: [{ destination: { host: ${host} } }]`;
const prefix = (path: string, host = 'users') => `{ match: [{ uri: { prefix: ${path} } }], ${to(host)} }`;

describe('a rule behind others', () => {
  it('is named, with the one that hides it, when it can never be reached', () => {
    expect(
      findings(
        rules('shop', [`{ name: api, match: [{ uri: { prefix: /api } }], ${to('users')} }`, prefix('/api/users'), prefix('/')]),
        gateway(),
      ),
    ).toEqual([
      'warning 9:9 VirtualService shop: spec.http[1] can never be reached: spec.http[0] (api) took every request it matches before',
    ]);
  });

  it('is named when several rules hide it together', () => {
    const both = `{ match: [{ uri: { prefix: /a/1 } }, { uri: { exact: /b } }], ${to('users')} }`;
    expect(findings(rules('shop', [prefix('/a'), prefix('/b'), both]), gateway())).toEqual([
      'warning 10:9 VirtualService shop: spec.http[2] can never be reached: spec.http[0] and spec.http[1] took every request it matches before',
    ]);
  });

  it('is not when only some alternatives are hidden: those are', () => {
    const half = `{ match: [{ uri: { prefix: /a/1 } }, { uri: { exact: /b } }], ${to('users')} }`;
    expect(findings(rules('shop', [prefix('/a'), half]), gateway())).toEqual([
      expect.stringMatching(/^warning 9:\d+ VirtualService shop: spec\.http\[1\]\.match\[0\] can never be reached/),
    ]);
  });

  it('is not when the earlier one asks for more', () => {
    const beta = `{ match: [{ headers: { beta: { exact: 'yes' } } }], ${to('users')} }`;
    const elsewhere = `{ match: [{ gateways: [mesh] }], ${to('users')} }`;
    expect(findings(rules('shop', [beta, elsewhere, prefix('/a'), prefix('/')]), gateway())).toEqual([]);
  });
});

describe('a host', () => {
  it('of two VirtualServices at one Gateway is named with the other place, and the order of their rules is not judged', () => {
    expect(findings(rules('shop', [prefix('/'), prefix('/a')]), rules('other', [prefix('/b')]), gateway())).toEqual([]);
    expect(findings(rules('shop', [prefix('/b')]), gateway(), rules('early', [prefix('/')]))).toEqual([]);
    const twice = `${rules('early', [prefix('/')])}---\n${rules('shop', [prefix('/b')])}`;
    expect(findings(twice, gateway())).toEqual([
      'warning 14:11 VirtualService shop: spec.hosts[0] is claimed twice at Gateway default/public: the rules of this and VirtualService default/early at routes.yaml:1 are merged, oldest first, and those that match everything come last',
    ]);
  });

  it('of two VirtualServices for calls between services is a mistake, however the Service is named', () => {
    const calls = (name: string, host: string) => rules(name, [prefix('/')], { hosts: `[${host}]`, gateways: '[mesh]' });
    expect(findings(`${calls('one', 'users')}---\n${calls('two', 'users.default.svc.cluster.local')}`)).toEqual([
      expect.stringMatching(
        /^error 14:11 VirtualService two: spec\.hosts\[0\] is claimed twice: calls to users\.default are ruled by only one/,
      ),
    ]);
  });

  it('that none of the Gateways serves is named with those that are served', () => {
    expect(findings(rules('shop', [prefix('/')], { hosts: '[shop.example.org]' }), gateway("['*.example.com']"))).toEqual([
      'warning 5:11 VirtualService shop: spec.hosts[0] is served by none of Gateway default/public; served: *.example.com',
    ]);
  });

  it('that names no Service rules no call', () => {
    expect(findings(rules('shop', [prefix('/')], { hosts: '[user]', gateways: '[mesh]' }))).toEqual([
      expect.stringContaining('spec.hosts[0] names no Service of these manifests (namespace default)'),
    ]);
  });
});

it('a Service with several ports needs one to be chosen', () => {
  expect(findings(rules('shop', [prefix('/', 'twin')]), gateway())).toEqual([
    expect.stringMatching(
      /^error 8:\d+ VirtualService shop: .*host needs a port number, since Service twin has several; it has 80, 81$/,
    ),
  ]);
});

describe('a subset', () => {
  const led = rules('shop', [`{ route: [{ destination: { host: users, subset: v2 } }] }`]);
  const rule = (name: string, ...subsets: string[]) =>
    `apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: { name: ${name} }\nspec: { host: users, subsets: [${subsets.map((subset) => `{ name: ${subset}, labels: { v: ${subset} } }`).join()}] }\n`;

  it('that a DestinationRule defines is fine', () => {
    expect(findings(led, gateway(), rule('users', 'v1', 'v2'))).toEqual([]);
  });

  it('that the DestinationRule of the Service lacks is a mistake', () => {
    expect(findings(led, gateway(), rule('users', 'v1'))).toEqual([
      expect.stringMatching(/^error 8:\d+ VirtualService shop: .*names the subset v2 of Service default\/users.*; defined: v1$/),
    ]);
  });

  it('of a Service without a DestinationRule may be defined elsewhere', () => {
    expect(findings(led, gateway())).toEqual([expect.stringMatching(/^warning .*it must come from elsewhere$/)]);
  });

  it('of a second DestinationRule for the same Service counts too', () => {
    expect(findings(led, gateway(), rule('users', 'v1'), rule('late', 'v2'))).toEqual([]);
  });
});

describe('a second DestinationRule for one Service', () => {
  const rule = (name: string, spec: string) =>
    `apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: { name: ${name} }\nspec: { host: users, ${spec} }\n`;

  it('says nothing that the first has said', () => {
    const policy = 'trafficPolicy: { loadBalancer: { simple: RANDOM } }, subsets: [{ name: v1, labels: { v: a } }]';
    expect(findings(`${rule('users', policy)}---\n${rule('late', policy)}`)).toEqual([
      expect.stringMatching(
        /^error 9:\d+ DestinationRule late: spec\.trafficPolicy does not hold: only the older of this and that of DestinationRule default\/users at routes\.yaml:1 does$/,
      ),
      expect.stringMatching(
        /^error 9:\d+ DestinationRule late: spec\.subsets\[0\]\.name is defined by another DestinationRule for this Service: only the older holds$/,
      ),
    ]);
  });
});

it('a regular expression that is not RE2 never matches', () => {
  expect(findings(rules('shop', [`{ match: [{ uri: { regex: '/(?=a).*' } }], ${to('users')} }`]), gateway())).toEqual([
    expect.stringMatching(
      /^error 8:\d+ VirtualService shop: spec\.http\[0\]\.match\[0\] never matches: the regular expression "\/\(\?=a\)\.\*" is not RE2/,
    ),
  ]);
});

it('a set with a mistake in it is not looked at further', () => {
  const found = findings(rules('shop', [prefix('/'), prefix('/a'), '{ match: [] }']), gateway());
  expect(found).toEqual([expect.stringContaining('needs one of route, redirect')]);
});

describe('a delegating rule', () => {
  const delegate = (spec: string, metadata = 'name: reviews, namespace: shop') =>
    `apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: { ${metadata} }\nspec: { ${spec} }\n---\napiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n`;
  const toReviews = '{ match: [{ uri: { prefix: /reviews } }], delegate: { name: reviews, namespace: shop } }';
  const route = 'route: [{ destination: { host: users.default } }]';
  const rest = '{ match: [{ uri: { prefix: /reviews/new } }], route: [{ destination: { host: users } }] }';

  it('hides nothing behind it, since what the delegate does not take goes on', () => {
    const other = delegate(`http: [{ match: [{ uri: { prefix: /reviews/old } }], ${route} }]`);
    expect(findings(rules('shop', [toReviews, rest]), gateway(), other)).toEqual([]);
  });

  it.each([
    [
      '',
      'warning 8:49 VirtualService shop: spec.http[0].delegate names the VirtualService shop/reviews, which is not in these manifests; it must come from elsewhere',
    ],
    [
      delegate(`hosts: [reviews], http: [{ ${route} }]`),
      'error 8:49 VirtualService shop: spec.http[0].delegate names the VirtualService shop/reviews, which has hosts of its own: a delegate must have none',
    ],
    [
      delegate(`exportTo: ['.'], http: [{ ${route} }]`),
      'error 8:49 VirtualService shop: spec.http[0].delegate names the VirtualService shop/reviews, which is not exported to namespace default',
    ],
    [
      delegate(`http: [{ match: [{ uri: { prefix: /x } }], ${route} }]`),
      'error 8:49 VirtualService shop: spec.http[0].delegate names the VirtualService shop/reviews, of which a rule never holds: shop/reviews, rule 1: is left out, because it asks for what the delegating rule does not let through',
    ],
  ])('%#: is told what is wrong with its delegate', (other, message) => {
    const others = other === '' ? [] : [other];
    expect(findings(rules('shop', [toReviews]), gateway(), ...others)).toEqual([message]);
  });
});

describe('destinations of mirrors and connections', () => {
  it('are looked at like others', () => {
    const rule = `{ ${to('users')}, mirror: { host: nobody }, mirrors: [{ destination: { host: twin } }, { destination: { host: users, subset: v9 } }] }`;
    expect(findings(rules('shop', [rule]), gateway())).toEqual([
      expect.stringContaining('spec.http[0].mirror.host names the Service nobody, which is not in these manifests'),
      expect.stringContaining('spec.http[0].mirrors[0].destination.host needs a port number, since Service twin has several'),
      expect.stringContaining('spec.http[0].mirrors[1].destination.subset names the subset v9 of Service default/users'),
    ]);
  });

  it('of tcp rules, too', () => {
    const text = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: db }
spec:
  hosts: [twin]
  tcp:
    - route: [{ destination: { host: nobody } }]
`;
    expect(findings(text)).toEqual([expect.stringContaining('spec.tcp[0].route[0].destination.host names the Service nobody')]);
  });
});

describe('ServiceEntries', () => {
  const entry = (name: string) => `apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: ${name} }
spec:
  hosts: [api.example.com]
  resolution: DNS
  ports: [{ number: 80, name: http, protocol: HTTP }]
`;

  it('give hosts that rules may be for', () => {
    const text = rules('api', [`{ ${to('api.example.com')} }`], { hosts: '[api.example.com]', gateways: '[mesh]' });
    expect(findings(text, entry('api'))).toEqual([]);
  });

  it('for one host are an error', () => {
    expect(findings(entry('a'), entry('b'))).toEqual([]);
    expect(findings(`${entry('a')}---\n${entry('b')}`)).toEqual([
      expect.stringMatching(
        /^error 13:11 ServiceEntry b: spec\.hosts\[0\] is claimed twice: only the older of this and ServiceEntry .*a at /,
      ),
    ]);
  });
});

describe('the tls of a DestinationRule', () => {
  const rule = (trafficPolicy: string) => `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: users }
spec:
  host: users
  trafficPolicy: ${trafficPolicy}
`;
  const secret = 'apiVersion: v1\nkind: Secret\nmetadata: { name: users-tls }\nstringData: { ca.crt: nonsense }\n';

  it.each([
    ['{ tls: { mode: SIMPLE } }', []],
    [
      '{ tls: { mode: SIMPLE, credentialName: users-tls } }',
      [
        'warning 6:20 DestinationRule users: spec.trafficPolicy.tls is not carried out as written: the CA of Secret users-tls is no certificate in PEM, so no connection is made',
      ],
    ],
    [
      '{ portLevelSettings: [{ port: { number: 80 }, tls: { mode: ISTIO_MUTUAL } }] }',
      [
        'warning 6:64 DestinationRule users: spec.trafficPolicy.portLevelSettings[0].tls is not carried out as written: mode ISTIO_MUTUAL is not carried out yet, because workloads have no identities: connections are not encrypted',
      ],
    ],
  ])('%s', (policy, expected) => {
    expect(findings(rule(policy), secret)).toEqual(expected);
  });
});
