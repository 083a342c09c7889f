import type { ConfigMap, Pod, Telemetry } from '@hikyaku/resources';
import { describe, expect, test, vi } from 'vitest';
import { labelledPod, service } from '../../testing/resources.ts';
import { defaultJson, defaultText } from './access-log-formats.ts';
import { compileTelemetry } from './compile-telemetry.ts';

function meshConfig(mesh: string): ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'istio', namespace: 'istio-system' }, data: { mesh } };
}

function telemetry(name: string, namespace: string, spec: Telemetry['spec']): Telemetry {
  return { apiVersion: 'telemetry.istio.io/v1', kind: 'Telemetry', metadata: { name, namespace }, ...(spec && { spec }) };
}

function pod(name: string, podIP: string, labels: Record<string, string> = {}): Pod {
  return { ...labelledPod(name, labels), status: { podIP } };
}

const collector = { ...service('collector', { port: 4318 }), metadata: { name: 'collector', namespace: 'observability' } };
const pods = [pod('order-1', '127.16.0.1', { app: 'order' }), pod('cart-1', '127.16.0.2', { app: 'cart' })];

interface Given {
  mesh?: string;
  telemetries?: Telemetry[];
}

function compiled({ mesh, telemetries = [] }: Given) {
  const warn = vi.fn<(message: string) => void>();
  const configMaps = mesh === undefined ? [] : [meshConfig(mesh)];
  const { telemetry: settings } = compileTelemetry({ telemetries, configMaps, pods, services: [collector] }, warn);
  const at = (address: string) => settings?.policies[settings.byAddress[address] ?? 0];
  const providersAt = (address: string, side: 'client' | 'server' = 'client') =>
    at(address)?.[side].accessLogs.map(({ provider }) => provider);
  return { settings, at, providersAt, gateway: settings?.policies[settings.gateway], warnings: warn.mock.calls.flat() };
}

const all = '127.16.9.9';
const order = '127.16.0.1';
const cart = '127.16.0.2';
const envoy = [{ name: 'envoy' }];

test('nobody asks, nothing is told', () => {
  expect(compiled({}).settings).toBeUndefined();
  expect(compiled({ mesh: 'trustDomain: cluster.local' })).toMatchObject({ settings: undefined, warnings: [] });
});

describe('MeshConfig', () => {
  test.each([
    ['text', 'accessLogFile: /dev/stdout', defaultText],
    ['JSON', '{ accessLogFile: /dev/stdout, accessLogEncoding: JSON }', defaultJson],
    ['its own text', "{ accessLogFile: /dev/stdout, accessLogFormat: '%PROTOCOL%' }", { kind: 'text', text: '%PROTOCOL%' }],
    [
      'its own JSON',
      `{ accessLogFile: /dev/stdout, accessLogEncoding: JSON, accessLogFormat: '{"p": "%PROTOCOL%"}' }`,
      { kind: 'json', fields: { p: '%PROTOCOL%' } },
    ],
  ])('turns the access log on for all, as %s', (_, mesh, format) => {
    const { at, gateway, warnings } = compiled({ mesh });
    expect(at(all)?.client.accessLogs).toEqual([{ provider: 'envoy', format }]);
    expect(gateway?.client.accessLogs).toHaveLength(1);
    expect(warnings).toEqual([]);
  });

  test('names a receiver of spans and the share of traces', () => {
    const mesh = `
defaultProviders: { tracing: [otel] }
defaultConfig: { tracing: { sampling: 12.5 } }
extensionProviders:
  - name: otel
    opentelemetry:
      service: collector.observability.svc.cluster.local
      port: 4318
      http: { path: /v1/traces, headers: [{ name: x-tenant, value: shop }] }`;
    const { at, warnings } = compiled({ mesh });
    expect(at(all)?.client.tracing).toEqual({
      exporter: {
        protocol: 'otlp-http',
        target: { cluster: 'collector.observability:4318' },
        path: '/v1/traces',
        headers: { 'x-tenant': 'shop' },
      },
      samplingPercent: 12.5,
      isReported: true,
      tags: {},
    });
    expect(warnings).toEqual([]);
  });

  const to = 'service: collector.observability, port: 4318';
  const target = { cluster: 'collector.observability:4318' };
  const zipkin = { protocol: 'zipkin', target, path: '/api/v2/spans', headers: {} };
  test.each([
    [
      'OTLP over gRPC',
      `extensionProviders: [{ name: t, opentelemetry: { ${to}, grpc: { initialMetadata: [{ name: k, value: v }] } } }]`,
      { exporter: { protocol: 'otlp-grpc', target, headers: { k: 'v' } } },
    ],
    ['Zipkin, in B3', `extensionProviders: [{ name: t, zipkin: { ${to} } }]`, { exporter: zipkin, formats: ['b3-multi'] }],
    [
      'Zipkin, in B3 and W3C',
      `extensionProviders: [{ name: t, zipkin: { ${to}, path: /spans, traceContextOption: USE_B3_WITH_W3C_PROPAGATION } }]`,
      { exporter: { ...zipkin, path: '/spans' }, formats: ['w3c', 'b3-multi'] },
    ],
    [
      'Zipkin, as it was said before there were providers',
      `{ enableTracing: true, defaultConfig: { tracing: { sampling: 100, zipkin: { address: 'collector.observability:4318' } } } }`,
      { exporter: zipkin, formats: ['b3-multi'] },
    ],
  ])('names a receiver that speaks %s', (_, mesh, tracing) => {
    const providers = mesh.startsWith('{') ? '' : '\ndefaultProviders: { tracing: [t] }';
    const { at } = compiled({ mesh: mesh + providers });
    expect(at(all)?.client.tracing).toEqual({ samplingPercent: 100, isReported: true, tags: {}, ...tracing });
  });

  test.each([
    ['accessLogFile: [', 'the key mesh is no YAML'],
    ['localityLbSetting: {}', 'mesh.localityLbSetting is not honoured by hikyaku yet'],
    ['{ accessLogFile: /dev/stdout, accessLogEncoding: JSON, accessLogFormat: "[1]" }', 'accessLogFormat is no JSON object'],
    ['extensionProviders: [{ name: z, lightstep: {} }]', 'extensionProviders z: lightstep is not honoured'],
    [
      'extensionProviders: [{ name: z, zipkin: { service: collector.observability, port: 4318, enable64bitTraceId: true } }]',
      'ids of traces have 128 bits',
    ],
    [
      'extensionProviders: [{ name: o, opentelemetry: { service: collector.observability, port: 4318, http: {}, maxTagLength: 9 } }]',
      'extensionProviders o: maxTagLength is not honoured',
    ],
    [
      'extensionProviders: [{ name: z, zipkin: { service: collector.observability, port: 4318, headers: [{ name: k, envName: K }] } }]',
      'extensionProviders z: k is not sent',
    ],
    [
      '{ enableTracing: true, defaultConfig: { tracing: { zipkin: { address: nowhere } } } }',
      'must be a host and a port, got nowhere',
    ],
    ['{ enableTracing: true, defaultConfig: { tracing: { datadog: {} } } }', 'defaultConfig.tracing: datadog is not honoured'],
    [
      'extensionProviders: [{ name: o, opentelemetry: { service: lost.x, port: 4318, http: {} } }]',
      'extensionProviders o: the service lost.x is not there',
    ],
    [
      'extensionProviders: [{ name: o, opentelemetry: { service: collector.observability, port: 1, http: {} } }]',
      'has no port 1',
    ],
    [
      'extensionProviders: [{ name: o, opentelemetry: { service: collector.observability, port: 4318 } }]',
      'spans are sent over gRPC to port 4318',
    ],
  ])('%s is a warning', (mesh, warning) => {
    const { warnings } = compiled({ mesh });
    expect(warnings).toEqual([expect.stringContaining(warning)]);
    expect(warnings[0]).toMatch(/^ConfigMap istio-system\/istio: /);
  });
});

describe('Telemetry', () => {
  const logging = (...accessLogging: NonNullable<NonNullable<Telemetry['spec']>['accessLogging']>) => ({ accessLogging });

  test('of the root namespace holds for all, also at the gateway', () => {
    const { providersAt, gateway } = compiled({
      telemetries: [telemetry('mesh', 'istio-system', logging({ providers: envoy }))],
    });
    expect([providersAt(all), providersAt(order), gateway?.client.accessLogs.length]).toEqual([['envoy'], ['envoy'], 1]);
  });

  test('of a namespace holds there, with a selector for those workloads', () => {
    const telemetries = [
      telemetry('quiet', 'elsewhere', logging({ providers: envoy })),
      telemetry('order', 'default', { selector: { matchLabels: { app: 'order' } }, ...logging({ providers: envoy }) }),
    ];
    const { providersAt, gateway } = compiled({ telemetries });
    expect([providersAt(order), providersAt(cart), gateway?.client.accessLogs]).toEqual([['envoy'], [], []]);
  });

  test('may turn off for some what is on for all, and narrow it by a filter', () => {
    const telemetries = [
      telemetry('mesh', 'istio-system', logging({ providers: envoy })),
      telemetry('order', 'default', { selector: { matchLabels: { app: 'order' } }, ...logging({ disabled: true }) }),
      telemetry('cart', 'default', {
        selector: { matchLabels: { app: 'cart' } },
        ...logging({ filter: { expression: 'response.code >= 400' } }),
      }),
    ];
    const { providersAt, at } = compiled({ telemetries });
    expect(providersAt(order)).toEqual([]);
    expect(at(cart)?.client.accessLogs).toEqual([{ provider: 'envoy', format: defaultText, filter: 'response.code >= 400' }]);
  });

  test('speaks of one side of a call when it says so', () => {
    const telemetries = [telemetry('mesh', 'istio-system', logging({ providers: envoy, match: { mode: 'SERVER' } }))];
    const { providersAt } = compiled({ telemetries });
    expect([providersAt(order, 'client'), providersAt(order, 'server')]).toEqual([[], ['envoy']]);
  });

  test('for a Gateway is for the gateway alone', () => {
    const targetRefs = [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'public' }];
    const { providersAt, gateway } = compiled({
      telemetries: [telemetry('edge', 'default', { targetRefs, ...logging({ providers: envoy }) })],
    });
    expect([providersAt(order), gateway?.client.accessLogs.length]).toEqual([[], 1]);
  });

  test('of a special level has the last word on each field of tracing', () => {
    const telemetries = [
      telemetry('mesh', 'istio-system', {
        tracing: [{ randomSamplingPercentage: 5, customTags: { team: { literal: { value: 'a' } } } }],
      }),
      telemetry('order', 'default', {
        selector: { matchLabels: { app: 'order' } },
        tracing: [{ disableSpanReporting: true, customTags: { tenant: { header: { name: 'X-Tenant', defaultValue: 'none' } } } }],
      }),
    ];
    const { at } = compiled({ telemetries });
    expect(at(all)?.client.tracing).toEqual({ samplingPercent: 5, isReported: true, tags: { team: { literal: 'a' } } });
    expect(at(order)?.client.tracing).toEqual({
      samplingPercent: 5,
      isReported: false,
      tags: { tenant: { header: 'x-tenant', default: 'none' } },
    });
  });

  test('that names no provider of that kind is a warning', () => {
    const telemetries = [
      telemetry('a', 'default', { accessLogging: [{ providers: [{ name: 'nowhere' }] }], tracing: [{ providers: envoy }] }),
    ];
    expect(compiled({ telemetries }).warnings).toEqual([
      expect.stringContaining('Telemetry default/a: "nowhere" is no provider of access logs'),
      expect.stringContaining('Telemetry default/a: "envoy" is no provider of spans'),
    ]);
  });
});
