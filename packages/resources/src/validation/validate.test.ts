import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { validate } from './validate.ts';

function messages(value: unknown): string[] {
  return validate(value).map(({ message, suggestion }) => (suggestion === undefined ? message : `${message}; ${suggestion}`));
}

const container = { name: 'cart', image: 'cart', ports: [{ name: 'http', containerPort: 80 }] };

function pod(spec: Record<string, unknown>) {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers: [container], ...spec } };
}

function withContainer(fields: Record<string, unknown>) {
  return pod({ containers: [{ ...container, ...fields }] });
}

function deployment(spec: Record<string, unknown>) {
  const template = { metadata: { labels: { app: 'cart' } }, spec: { containers: [container] } };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd' },
    spec: { selector: { matchLabels: { app: 'cart' } }, template, ...spec },
  };
}

const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 's' },
  spec: {
    selector: { a: 'b' },
    ports: [
      { name: 'a', port: 1 },
      { name: 'b', port: 2 },
    ],
  },
};

function route(rule: Record<string, unknown>) {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'r' },
    spec: { hosts: ['*'], http: [{ route: [{ destination: { host: 'a' } }], ...rule }] },
  };
}

describe('what is valid', () => {
  it.each([
    ['a Pod', pod({})],
    ['a Deployment', deployment({ replicas: 0, strategy: { rollingUpdate: { maxSurge: '50%', maxUnavailable: 0 } } })],
    ['null for absent', deployment({ replicas: null, paused: null })],
    ['generateName', { ...pod({}), metadata: { generateName: 'p-' } }],
    ['a status, whatever it holds', { ...pod({}), status: { phase: 'Running', anything: 1 } }],
    ['a quantity as a number', withContainer({ resources: { limits: { cpu: 1 } } })],
    ['a VirtualService', route({ timeout: '1.5s', retries: { attempts: 2, perTryTimeout: '300ms' } })],
    ['an inline flag in a regex', route({ match: [{ uri: { regex: '(?i)/a' } }] })],
    [
      'a Service for another cluster',
      { apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec: { type: 'ExternalName', externalName: 'a.example' } },
    ],
  ])('%s', (_, value) => {
    expect(messages(value)).toEqual([]);
  });
});

describe('what is not', () => {
  it.each([
    ['no mapping', 'text', ['a resource must be a mapping with apiVersion, kind and metadata']],
    ['nothing said', {}, ['apiVersion is required', 'kind is required', 'metadata.name is required']],
    ['a missing spec', { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' } }, ['spec is required']],
    ['a wrong type', deployment({ replicas: 1.5 }), ['spec.replicas must be a whole number, got 1.5']],
    ['a number that is none', deployment({ replicas: Infinity }), ['spec.replicas must be a whole number, got Infinity']],
    [
      'a number out of range',
      deployment({ replicas: 3e9 }),
      ['spec.replicas must be between -2147483648 and 2147483647, got 3000000000'],
    ],
    ['a negative count', deployment({ replicas: -1 }), ['spec.replicas must be 0 or more, got -1']],
    [
      'unquoted booleans',
      withContainer({ env: [{ name: 'A', value: true }] }),
      ['spec.containers[0].env[0].value must be a string, got true; put it in quotes: "true"'],
    ],
    [
      'an unknown value',
      pod({ restartPolicy: 'always' }),
      ['spec.restartPolicy must be one of Always, OnFailure, Never, got "always"; did you mean Always?'],
    ],
    [
      'a selector that misses its Pods',
      deployment({ selector: { matchLabels: { app: 'kart' } } }),
      ['spec.template.metadata.labels must match spec.selector (app=kart)'],
    ],
    ['a selector that selects all', deployment({ selector: {} }), ['spec.selector must not be empty: it would select every Pod']],
    [
      'a template that ends',
      deployment({
        template: { metadata: { labels: { app: 'cart' } }, spec: { containers: [container], restartPolicy: 'Never' } },
      }),
      ['spec.template.spec.restartPolicy must be Always in the template of a workload, got "Never"'],
    ],
    [
      'an update without a step',
      deployment({ strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: '0%' } } }),
      ['spec.strategy.rollingUpdate must let maxSurge or maxUnavailable be more than 0: with both 0 no update could make a step'],
    ],
    ['no container', pod({ containers: [] }), ['spec.containers must have at least one container']],
    [
      'a name in use',
      pod({ containers: [container], initContainers: [container] }),
      ['spec.containers[0].name is there twice: "cart"'],
    ],
    [
      'two handlers',
      withContainer({ livenessProbe: { exec: {}, tcpSocket: { port: 80 } } }),
      ['spec.containers[0].livenessProbe can have only one of tcpSocket and exec'],
    ],
    [
      'no handler',
      withContainer({ livenessProbe: { periodSeconds: 1 } }),
      ['spec.containers[0].livenessProbe needs one of httpGet, tcpSocket, exec, grpc'],
    ],
    [
      'a port without a name',
      withContainer({ livenessProbe: { tcpSocket: { port: 'htp' } } }),
      [
        'spec.containers[0].livenessProbe.tcpSocket.port names the port "htp", which this container does not have; did you mean http?',
      ],
    ],
    [
      'a volume nobody has',
      withContainer({ volumeMounts: [{ name: 'data', mountPath: '/d' }] }),
      ['spec.containers[0].volumeMounts[0].name names the volume "data", which this Pod does not have'],
    ],
    ['a volume of nothing', pod({ volumes: [{ name: 'v' }] }), ['spec.volumes[0] names no source, e.g. emptyDir: {}']],
    [
      'value and valueFrom',
      withContainer({ env: [{ name: 'A', value: 'a', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }] }),
      ['spec.containers[0].env[0] can have only one of value and valueFrom'],
    ],
    [
      'text that is no base64',
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: { a: 'secret!' } },
      ['data.a must be base64; plain text belongs in stringData'],
    ],
    [
      'a key that is no file name',
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data: { 'a/b': '' } },
      ['data["a/b"] has a key that is no file name: letters, digits, -, _ and . only'],
    ],
    [
      'a Service that begins with a digit',
      { apiVersion: 'v1', kind: 'Service', metadata: { name: '1a' }, spec: { ports: [{ port: 80 }] } },
      ['metadata.name must be a DNS label that begins with a letter: at most 63 of a-z, 0-9 and -, got "1a"'],
    ],
    [
      'a label that is none',
      { ...pod({}), metadata: { name: 'p', labels: { app: 'a b' } } },
      ['metadata.labels.app must be a label value: at most 63 letters, digits, -, _ and ., got "a b"'],
    ],
    [
      'two ways to match',
      route({ match: [{ uri: { exact: '/a', prefix: '/b' } }] }),
      ['spec.http[0].match[0].uri can have only one of exact and prefix'],
    ],
    [
      'a rule without an action',
      { ...route({}), spec: { hosts: ['*'], http: [{}] } },
      ['spec.http[0] needs one of route, redirect, directResponse, delegate'],
    ],
    [
      'weights of nothing',
      route({ route: [{ destination: { host: 'a' } }, { destination: { host: 'b' }, weight: 0 }] }),
      ['spec.http[0].route has several destinations but no weight above 0, so none would ever be chosen'],
    ],
    [
      'a duration without a unit',
      route({ timeout: '5' }),
      ['spec.http[0].timeout is not valid: "5" is not a duration; write e.g. 300ms, 1.5s or 1h30m'],
    ],
    [
      'a broken regex',
      route({ match: [{ uri: { regex: '/(' } }] }),
      ['spec.http[0].match[0].uri.regex must be a regular expression, got "/("'],
    ],
    [
      'a subset twice',
      {
        apiVersion: 'networking.istio.io/v1',
        kind: 'DestinationRule',
        metadata: { name: 'd' },
        spec: { host: 'a', subsets: [{ name: 'v1' }, { name: 'v1' }] },
      },
      ['spec.subsets[1].name is there twice: "v1"'],
    ],
    [
      'a member named like one of every object',
      { ...pod({}), constructor: {} },
      ['unknown field constructor; known here: apiVersion, kind, metadata, spec, status'],
    ],
  ])('%s', (_, value, expected) => {
    expect(messages(value)).toEqual(expected);
  });

  it('answers for any value without throwing', () => {
    const base = fc.constantFrom(deployment({}), pod({}), route({}), service, withContainer({ lifecycle: {}, env: [] }));
    fc.assert(
      fc.property(base, fc.oneof(fc.jsonValue(), fc.constant({ toString: 1 })), fc.nat(), (resource, junk, seed) => {
        expect(Array.isArray(validate(replaceSomewhere(resource, junk, seed)))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

/** The value with one of its parts, at any depth, replaced. */
function replaceSomewhere(value: unknown, junk: unknown, seed: number): unknown {
  if (typeof value !== 'object' || value === null || seed % 5 === 0) return junk;
  const keys = Object.keys(value);
  const chosen = keys[seed % keys.length] ?? '';
  const copy: Record<string, unknown> | unknown[] = Array.isArray(value) ? [...(value as unknown[])] : { ...value };
  Object.assign(copy, { [chosen]: replaceSomewhere((value as Record<string, unknown>)[chosen], junk, Math.floor(seed / 3) + 1) });
  return copy;
}
