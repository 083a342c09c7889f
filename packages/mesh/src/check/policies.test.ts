import { parseManifests } from '@hikyaku/resources';
import { describe, expect, it } from 'vitest';
import { checkRoutes } from './check-routes.ts';

const system = `
apiVersion: v1
kind: Service
metadata: { name: cart }
spec: { selector: { app: cart }, ports: [{ name: http, port: 80, targetPort: 8080 }] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: cart }
spec:
  selector: { matchLabels: { app: cart } }
  template:
    metadata: { labels: { app: cart, version: v1 } }
    spec: { containers: [{ name: cart, image: cart }] }
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: public }
spec:
  selector: { istio: ingressgateway }
  servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: ['*'] }]
`;

/** Of the first file, each with its place. */
function findings(text: string): string[] {
  const files = [
    { path: 'policy.yaml', text },
    { path: 'system.yaml', text: system },
  ];
  return parseManifests(files, [checkRoutes])
    .diagnostics.filter(({ file }) => file === 'policy.yaml')
    .map(({ severity, line, column, message, suggestion = '' }) => `${severity} ${line}:${column} ${message}; ${suggestion}`);
}

const policy = (kind: string, spec: string, namespace = 'default') => `apiVersion: security.istio.io/v1
kind: ${kind}
metadata: { name: own, namespace: ${namespace} }
spec: ${spec}
`;
const jwt = "jwtRules: [{ issuer: https://id.test, jwksUri: 'https://id.test/keys' }]";

describe('a policy', () => {
  it.each([
    ['AuthorizationPolicy', '{ selector: { matchLabels: { app: cart } }, rules: [{}] }', 'default'],
    ['AuthorizationPolicy', '{ rules: [{}] }', 'default'],
    ['AuthorizationPolicy', '{ targetRefs: [{ kind: Service, name: cart }], rules: [{}] }', 'default'],
    ['RequestAuthentication', `{ selector: { matchLabels: { istio: ingressgateway } }, ${jwt} }`, 'istio-system'],
    ['RequestAuthentication', `{ targetRef: { group: networking.istio.io, kind: Gateway, name: public }, ${jwt} }`, 'default'],
  ])('%s %s holds', (kind, spec, namespace) => {
    expect(findings(policy(kind, spec, namespace))).toEqual([]);
  });

  it.each([
    [
      policy('AuthorizationPolicy', '{ selector: { matchLabels: { app: crat } }, rules: [{}] }'),
      'warning 4:9 AuthorizationPolicy own: spec.selector matches no Pod behind a Service of these manifests (app=crat in namespace default), and not the gateway: it holds for nothing; app is here: cart',
    ],
    [
      policy('RequestAuthentication', `{ selector: { matchLabels: { app: cart } }, ${jwt} }`, 'kube-system'),
      'warning 4:9 RequestAuthentication own: spec.selector matches no Pod behind a Service of these manifests (app=cart in namespace kube-system), and not the gateway: it holds for nothing; cart in namespace default has these labels',
    ],
    [
      policy('RequestAuthentication', `{ selector: { matchLabels: { istio: ingressgateway } }, ${jwt} }`, 'kube-system'),
      'warning 4:9 RequestAuthentication own: spec.selector matches no Pod behind a Service of these manifests (istio=ingressgateway in namespace kube-system), and not the gateway: it holds for nothing; the gateway is in namespace istio-system',
    ],
    [
      policy('AuthorizationPolicy', '{ targetRefs: [{ kind: Service, name: carts }], rules: [{}] }'),
      'warning 4:24 AuthorizationPolicy own: spec.targetRefs[0] names the Service carts, which is not in these manifests (namespace default); it must come from elsewhere',
    ],
    [
      policy('AuthorizationPolicy', '{ action: DENY }'),
      'warning 4:17 AuthorizationPolicy own: spec.action is DENY without rules, which denies nothing; rules: [{}] denies everything',
    ],
    [
      policy('AuthorizationPolicy', "{ rules: [{ when: [{ key: 'request.auth.claims.sub', values: [a] }] }] }"),
      'warning 4:33 AuthorizationPolicy own: spec.rules[0].when[0].key request.auth.claims.sub cannot be judged here: the rule allows nothing; ',
    ],
    [
      policy('RequestAuthentication', "{ jwtRules: [{ issuer: https://id.test, jwks: 'no keys' }] }"),
      expect.stringMatching(
        /^error 4:22 RequestAuthentication own: spec\.jwtRules\[0\] refuses every token: its jwks is no JSON: .*; write jwksUri or jwks$/,
      ) as string,
    ],
    [
      policy('RequestAuthentication', '{ jwtRules: [{ issuer: hanako }] }'),
      'error 4:22 RequestAuthentication own: spec.jwtRules[0] refuses every token: it has neither jwks nor a jwksUri that is a URL (hanako/.well-known/openid-configuration); write jwksUri or jwks',
    ],
  ])('%#: is told what is wrong with it', (text, expected) => {
    expect(findings(text)).toEqual([expected]);
  });
});

const fractions = 'filter_enabled: { default_value: { numerator: 100 } }, filter_enforced: { default_value: { numerator: 100 } }';
const limit = `{ name: limit, typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit, token_bucket: { max_tokens: 5, fill_interval: 1s }, ${fractions} } }`;
const patch = (match: string, value = limit) =>
  `{ applyTo: HTTP_FILTER, match: ${match}, patch: { operation: INSERT_BEFORE, value: ${value} } }`;

const filter = (patches: string, labels = 'app: cart', namespace = 'default') => `apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: { name: limit, namespace: ${namespace} }
spec:
  workloadSelector: { labels: { ${labels} } }
  configPatches:
    - ${patches}
`;
const atGateway = (patches: string) => filter(patches, 'istio: ingressgateway', 'istio-system');

describe('a rate limit', () => {
  it.each([
    filter(patch('{ context: SIDECAR_INBOUND, listener: { portNumber: 80 } }')),
    filter(patch('{ context: SIDECAR_INBOUND, listener: { portNumber: 8080 } }')),
    atGateway(patch('{ context: GATEWAY, listener: { portNumber: 8080 } }')),
    atGateway(patch('{ context: ANY }')),
  ])('%#: limits', (text) => {
    expect(findings(text)).toEqual([]);
  });

  it.each([
    [
      filter(patch('{ context: SIDECAR_INBOUND }'), 'app: crat'),
      'warning 5:3 EnvoyFilter limit: spec.workloadSelector matches no Pod behind a Service of these manifests (app=crat in namespace default), and not the gateway: it holds for nothing; app is here: cart',
    ],
    [
      filter(patch('{ context: GATEWAY }')),
      'warning 7:49 EnvoyFilter limit: spec.configPatches[0].match.context is for the gateway, and the selector is for workloads; SIDECAR_INBOUND',
    ],
    [
      atGateway(patch('{ context: SIDECAR_INBOUND }')),
      'warning 7:49 EnvoyFilter limit: spec.configPatches[0].match.context is for workloads, and the selector is for the gateway; GATEWAY',
    ],
    [
      filter(patch('{ context: SIDECAR_INBOUND, listener: { portNumber: 81 } }')),
      'warning 7:90 EnvoyFilter limit: spec.configPatches[0].match.listener.portNumber 81 is no port of what the filter is for, so it limits nothing; there: 80, 8080',
    ],
    [
      atGateway(patch('{ context: GATEWAY, listener: { portNumber: 8443 } }')),
      'warning 7:82 EnvoyFilter limit: spec.configPatches[0].match.listener.portNumber 8443 is no port of what the filter is for, so it limits nothing; there: 80',
    ],
    [
      atGateway(patch('{ context: GATEWAY }', '{ name: envoy.filters.http.lua }')),
      'warning 7:9 EnvoyFilter limit: spec.configPatches[0] does not work as written: the filter envoy.filters.http.lua is not carried out: only rate limits are; ',
    ],
    [
      atGateway(
        '{ applyTo: VIRTUAL_HOST, match: { context: GATEWAY }, patch: { operation: MERGE, value: { rate_limits: [{ actions: [{ remote_address: {} }] }] } } }',
      ),
      'warning 7:9 EnvoyFilter limit: spec.configPatches[0] says how a route is limited, and no EnvoyFilter here inserts the filter that limits; it takes a patch with applyTo: HTTP_FILTER',
    ],
  ])('%#: is told why it limits nothing', (text, expected) => {
    expect(findings(text)).toEqual([expected]);
  });
});

describe('a DestinationRule for a host outside', () => {
  const rule = (host: string) => `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: rates }
spec:
  host: ${host}
  subsets: [{ name: near, labels: { region: east } }, { name: far, labels: { region: west } }]
`;
  const entry = `---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: rates }
spec:
  hosts: [rates.example.com]
  ports: [{ number: 80, name: http, protocol: HTTP }]
  resolution: STATIC
  endpoints: [{ address: 127.0.0.5, labels: { region: east } }]
`;
  const routes = (subset: string) => `---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: rates }
spec:
  hosts: [rates.example.com]
  http: [{ route: [{ destination: { host: rates.example.com, subset: ${subset} } }] }]
`;

  it('needs a ServiceEntry', () => {
    expect(findings(rule('rates.example.com'))).toEqual([
      'warning 5:9 DestinationRule rates: spec.host is the host of no Service and of no ServiceEntry of these manifests, so it rules nothing; there is no ServiceEntry here',
    ]);
  });

  it('has subsets of the endpoints there are, and routes lead to those that are defined', () => {
    expect(findings(rule('rates.example.com') + entry + routes('middle'))).toEqual([
      'warning 6:68 DestinationRule rates: spec.subsets[1].labels are those of no endpoint of ServiceEntry rates: what is sent to subset far is answered with 503; ',
      'error 22:70 VirtualService rates: spec.http[0].route[0].destination.subset names the subset middle of host rates.example.com, which no DestinationRule of these manifests defines; defined: near, far',
    ]);
  });
});
