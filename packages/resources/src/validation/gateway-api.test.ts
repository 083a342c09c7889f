import { describe, expect, it } from 'vitest';
import { parseManifests } from '../manifests/parse.ts';
import { validate } from './validate.ts';

const apiVersion = 'gateway.networking.k8s.io/v1';
const metadata = { name: 'web' };
const messages = (value: unknown): string[] => validate(value).map(({ message }) => message);
const httpRule = (rule: object) => messages({ apiVersion, kind: 'HTTPRoute', metadata, spec: { rules: [rule] } });
const grpcRule = (rule: object) => messages({ apiVersion, kind: 'GRPCRoute', metadata, spec: { rules: [rule] } });
const listeners = (...list: object[]) =>
  messages({ apiVersion, kind: 'Gateway', metadata, spec: { gatewayClassName: 'istio', listeners: list } });
const http = { name: 'http', port: 80, protocol: 'HTTP' };
const prefixRewrite = { type: 'URLRewrite', urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' } } };

describe('a Gateway', () => {
  it.each([
    [[http], []],
    [[http, { ...http, port: 81 }], ['spec.listeners[1].name is there twice: "http"']],
    [[http, { ...http, name: 'b' }], ['spec.listeners[1] has the port, protocol and hostname of another listener']],
    [[http, { ...http, name: 'b', hostname: 'a.example' }], []],
    [[{ ...http, tls: { certificateRefs: [{ name: 'c' }] } }], ['spec.listeners[0].tls cannot go with protocol HTTP']],
    [[{ ...http, protocol: 'HTTPS', tls: {} }], ['spec.listeners[0].tls.certificateRefs is required']],
    [[{ ...http, protocol: 'TLS', tls: { options: { a: 'b' } } }], ['spec.listeners[0].tls.mode is required']],
    [[{ ...http, protocol: 'TCP', hostname: 'a.example' }], ['spec.listeners[0].hostname cannot go with protocol TCP']],
  ])('with listeners %j', (list, expected) => {
    expect(listeners(...list)).toEqual(expected);
  });
});

describe('a rule of an HTTPRoute', () => {
  it.each([
    [{ backendRefs: [{ name: 'a' }] }, ['spec.rules[0].backendRefs[0].port is required']],
    [{ matches: [{ path: { value: 'a' } }] }, ['spec.rules[0].matches[0].path.value must begin with /, got "a"']],
    [{ matches: [{ path: { value: '/a//b' } }] }, ['spec.rules[0].matches[0].path.value cannot contain //, got "/a//b"']],
    [
      { matches: [{ path: { value: '/a/..' } }] },
      ['spec.rules[0].matches[0].path.value cannot end with a dot segment, got "/a/.."'],
    ],
    [{ matches: [{ path: { type: 'RegularExpression', value: 'a//b' } }] }, []],
    [{ filters: [{ type: 'CORS' }] }, ['spec.rules[0].filters[0].cors is required']],
    [
      { filters: [{ type: 'URLRewrite', urlRewrite: {}, cors: {} }] },
      ['spec.rules[0].filters[0].cors cannot go with type URLRewrite'],
    ],
    [{ filters: [prefixRewrite, prefixRewrite] }, ['spec.rules[0].filters[1].type is there twice: "URLRewrite"']],
    [
      { matches: [{ path: { type: 'Exact', value: '/a' } }], filters: [prefixRewrite] },
      ['spec.rules[0].filters[0].urlRewrite.path replaces a prefix, so the rule needs exactly one match, of type PathPrefix'],
    ],
    [
      { filters: [{ type: 'RequestRedirect', requestRedirect: {} }], backendRefs: [{ name: 'a', port: 1 }] },
      ['spec.rules[0].filters[0].requestRedirect cannot go with backendRefs'],
    ],
    [
      { filters: [{ type: 'RequestRedirect', requestRedirect: { path: { type: 'ReplaceFullPath' } } }] },
      ['spec.rules[0].filters[0].requestRedirect.path.replaceFullPath is required'],
    ],
    [
      {
        filters: [
          { type: 'RequestMirror', requestMirror: { backendRef: { name: 'a' }, percent: 1, fraction: { numerator: 200 } } },
        ],
      },
      [
        'spec.rules[0].filters[0].requestMirror.backendRef.port is required',
        'spec.rules[0].filters[0].requestMirror can have only one of percent and fraction',
        'spec.rules[0].filters[0].requestMirror.fraction.numerator must not be above the denominator',
      ],
    ],
    [
      { filters: [{ type: 'CORS', cors: { allowMethods: ['*', 'GET'] } }] },
      ['spec.rules[0].filters[0].cors.allowMethods cannot contain "*" beside others'],
    ],
    [
      { timeouts: { request: '1s', backendRequest: '2s' } },
      ['spec.rules[0].timeouts.backendRequest cannot be longer than the timeout of the whole request'],
    ],
    [{ timeouts: { request: '0s', backendRequest: '2s' } }, []],
  ])('with %j', (rule, expected) => {
    expect(httpRule(rule)).toEqual(expected);
  });

  it('may not be attached to one parent twice without sectionNames', () => {
    const parentRefs = [{ name: 'a' }, { name: 'a', sectionName: 'x' }, { name: 'a' }];
    expect(messages({ apiVersion, kind: 'HTTPRoute', metadata, spec: { parentRefs } })).toEqual([
      'spec.parentRefs[2] is there twice; several references to one parent need a sectionName each',
    ]);
  });
});

describe('a rule of a GRPCRoute', () => {
  it.each([
    [{ matches: [{ method: {} }] }, ['spec.rules[0].matches[0].method needs a service, a method, or both']],
    [
      { matches: [{ method: { service: 'a b', method: '1' } }] },
      [
        'spec.rules[0].matches[0].method.service must be the name of a gRPC service, got "a b"',
        'spec.rules[0].matches[0].method.method must be the name of a gRPC method, got "1"',
      ],
    ],
    [{ matches: [{ method: { type: 'RegularExpression', service: 'a.+' } }] }, []],
  ])('with %j', (rule, expected) => {
    expect(grpcRule(rule)).toEqual(expected);
  });
});

it('names what the resources refer to and is not there, and a misspelt field with its place', () => {
  const text = `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: public }
spec: { gatewayClassName: nginx, listeners: [{ name: http, port: 80, protocol: HTTP }] }
---
apiVersion: v1
kind: Service
metadata: { name: cart }
spec: { ports: [{ port: 8080 }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: web }
spec:
  parentRefs: [{ name: pubic }, { group: '', kind: Service, name: cart, port: 8080 }]
  rules: [{ backendRefs: [{ name: crt, port: 80 }, { name: cart, port: 80 }] }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: GRPCRoute
metadata: { name: web }
spec: { parentRef: [{ name: public }] }
`;
  const { diagnostics } = parseManifests([{ path: 'a.yaml', text }]);
  const ofReferences = diagnostics.filter(({ message }) => !message.includes('honoured'));
  expect(ofReferences.map(({ line, message, suggestion }) => [line, message, suggestion])).toEqual([
    [4, expect.stringContaining('names the GatewayClass nginx, which is not in these manifests'), 'it must come from elsewhere'],
    [15, expect.stringContaining('names the Gateway pubic, which is not in these manifests'), 'did you mean public?'],
    [16, expect.stringContaining('names the Service crt'), 'did you mean cart?'],
    [16, expect.stringContaining('names port 80, which Service cart does not have'), 'it has 8080'],
    [21, expect.stringContaining('unknown field spec.parentRef'), 'did you mean parentRefs?'],
  ]);
});
