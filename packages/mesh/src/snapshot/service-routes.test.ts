import type { VirtualService } from '@hikyaku/resources';
import { describe, expect, test } from 'vitest';
import { compileRouteTable, decideForService } from '../routing/decide.ts';
import { labelledPod, service, virtualService } from '../testing/resources.ts';
import { compile } from './compile.ts';
import type { Snapshot } from './snapshot.ts';

const services = ['web', 'api'].map((name, index) =>
  service(name, { clusterIP: `127.96.0.${index + 1}`, port: 80, portName: 'http' }),
);

function pod(name: string, namespace: string, podIP: string, labels: Record<string, string> = {}) {
  const plain = labelledPod(name, labels);
  return { ...plain, metadata: { ...plain.metadata, namespace }, status: { podIP } };
}

const pods = [
  pod('shop-1', 'shop', '127.16.0.1', { app: 'shop', tier: 'front' }),
  pod('cart-1', 'cart', '127.16.0.2', { app: 'cart', tier: 'front' }),
  pod('web-1', 'default', '127.16.0.3', { app: 'web' }),
];

function compiled(...virtualServices: VirtualService[]): Snapshot {
  return compile({ services, endpointSlices: [], pods, gateways: [], virtualServices });
}

/** Which rule takes a call from an address: the name it was given. */
function ruleFor(snapshot: Snapshot, address: string, called = 'web'): string {
  const header = () => undefined;
  const head = {
    method: 'GET',
    path: '/',
    query: '',
    target: '/',
    scheme: 'http',
    host: called,
    authority: called,
    header,
  } as const;
  const decision = decideForService(compileRouteTable(snapshot), `${called}.default:80`, { ...head, remoteAddress: address }, 0);
  if (decision.kind !== 'forward') return decision.kind;
  return /\((\w+)\)$/.exec(decision.route)?.[1] ?? 'none';
}

const to = (name: string, match?: object) => ({
  name,
  ...(match && { match: [match] }),
  route: [{ destination: { host: 'web.default' } }],
});

describe('conditions on the caller', () => {
  test.each<[string, object, string[]]>([
    ['its namespace', { sourceNamespace: 'shop' }, ['yes', 'no', 'no', 'no']],
    ['a label', { sourceLabels: { tier: 'front' } }, ['yes', 'yes', 'no', 'no']],
    ['all labels', { sourceLabels: { tier: 'front', app: 'cart' } }, ['no', 'yes', 'no', 'no']],
    ['both', { sourceNamespace: 'cart', sourceLabels: { app: 'shop' } }, ['no', 'no', 'no', 'no']],
    ['nothing', { sourceLabels: {} }, ['yes', 'yes', 'yes', 'yes']],
  ])('%s', (_, match, expected) => {
    const snapshot = compiled(virtualService('web', { hosts: ['web'], http: [to('yes', match), to('no')] }));
    const callers = ['127.16.0.1', '127.16.0.2', '127.16.0.3', '127.0.0.1'];
    expect(callers.map((address) => ruleFor(snapshot, address))).toEqual(expected);
    expect(snapshot.warnings).toEqual([]);
  });

  test('callers are known only where a rule asks', () => {
    expect(compiled(virtualService('web', { hosts: ['web'], http: [to('all')] }))).not.toHaveProperty('callers');
  });
});

describe('whose rules hold', () => {
  const rules = (name: string, spec: VirtualService['spec'], namespace = 'default') =>
    virtualService(name, { http: [to(name)], ...spec }, namespace);

  test('an exact host goes before the longest wildcard', () => {
    const snapshot = compiled(
      rules('all', { hosts: ['*'] }),
      rules('namespace', { hosts: ['*.default.svc.cluster.local'] }),
      rules('exact', { hosts: ['web'] }),
    );
    expect([ruleFor(snapshot, '127.0.0.1', 'web'), ruleFor(snapshot, '127.0.0.1', 'api')]).toEqual(['exact', 'namespace']);
    expect(snapshot.warnings).toEqual([]);
  });

  test('rules that are exported to some namespaces hold for their callers, and there go first', () => {
    const snapshot = compiled(
      rules('a', { hosts: ['web'] }),
      rules('b', { hosts: ['web.default'], exportTo: ['.'] }, 'shop'),
      rules('c', { hosts: ['web.default.svc.cluster.local'], exportTo: ['cart', 'nobody'] }, 'shop'),
    );
    expect(['127.16.0.1', '127.16.0.2', '127.16.0.3', '127.0.0.1'].map((address) => ruleFor(snapshot, address))).toEqual([
      'b',
      'c',
      'a',
      'a',
    ]);
    expect(snapshot.warnings).toEqual([]);
  });

  test('where all rules are exported elsewhere there are none', () => {
    const snapshot = compiled(rules('b', { hosts: ['web.default'], exportTo: ['.'] }, 'shop'));
    expect([ruleFor(snapshot, '127.16.0.1'), ruleFor(snapshot, '127.16.0.2')]).toEqual(['b', 'none']);
  });
});
