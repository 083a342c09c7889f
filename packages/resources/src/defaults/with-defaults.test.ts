import { describe, expect, it } from 'vitest';
import type { Resource } from '../model.ts';
import { validate } from '../validation/validate.ts';
import { withDefaults } from './with-defaults.ts';

const template = {
  metadata: { labels: { app: 'cart' } },
  spec: {
    containers: [
      {
        name: 'cart',
        image: 'cart',
        ports: [{ containerPort: 8080 }],
        readinessProbe: { httpGet: { port: 8080 } },
        resources: { limits: { memory: '64Mi' } },
      },
    ],
  },
};
const selector = { matchLabels: { app: 'cart' } };
const deployment: Resource = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'cart' },
  spec: { selector, template },
};
const statefulSet: Resource = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'db' },
  spec: { serviceName: 'db', selector, template, volumeClaimTemplates: [{ metadata: { name: 'data' } }] },
};
const service: Resource = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'cart' },
  spec: {
    ports: [
      { name: 'w', port: 80 },
      { name: 'x', port: 81, targetPort: 'http' },
    ],
  },
};
const secret = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 's' },
  data: { a: 'QQ==', b: 'QQ==' },
  stringData: { b: 'ひ' },
};

describe('defaults', () => {
  it('of an EndpointSlice without endpoints, as official clients write it, are none', () => {
    const metadata = { name: 'by-hand' };
    const slice = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata, addressType: 'IPv4' };
    expect(validate(slice)).toEqual([]);
    expect(withDefaults(slice)).toMatchObject({ endpoints: [] });
  });

  it('of a Deployment are those of Kubernetes', () => {
    expect(withDefaults(deployment)).toMatchObject({
      metadata: { namespace: 'default' },
      spec: {
        replicas: 1,
        revisionHistoryLimit: 10,
        progressDeadlineSeconds: 600,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
        template: {
          spec: {
            restartPolicy: 'Always',
            terminationGracePeriodSeconds: 30,
            containers: [
              {
                imagePullPolicy: 'Always',
                ports: [{ protocol: 'TCP' }],
                readinessProbe: {
                  timeoutSeconds: 1,
                  periodSeconds: 10,
                  successThreshold: 1,
                  failureThreshold: 3,
                  httpGet: { path: '/', scheme: 'HTTP' },
                },
                resources: { requests: { memory: '64Mi' } },
              },
            ],
          },
        },
      },
    });
  });

  it('leave what is written, zero and false too', () => {
    const written = { ...deployment, spec: { selector, template, replicas: 0, strategy: { type: 'Recreate' } } };
    expect(withDefaults(written)).toMatchObject({ spec: { replicas: 0, strategy: { type: 'Recreate' } } });
    expect(JSON.stringify(withDefaults(written))).not.toContain('rollingUpdate');
  });

  it.each([
    ['cart', 'Always'],
    ['cart:latest', 'Always'],
    ['localhost:5000/cart', 'Always'],
    ['cart:1.2', 'IfNotPresent'],
    ['cart@sha256:aa', 'IfNotPresent'],
  ])('pull %s %s', (image, policy) => {
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image }] } };
    expect(withDefaults(pod)).toMatchObject({ spec: { containers: [{ imagePullPolicy: policy }] } });
  });

  it('give a Service its target ports', () => {
    expect(withDefaults(service)).toMatchObject({
      spec: { type: 'ClusterIP', ports: [{ protocol: 'TCP', targetPort: 80 }, { targetPort: 'http' }] },
    });
  });

  it('turn the stringData of a Secret into data, which it overrides', () => {
    expect(withDefaults(secret)).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'Opaque',
      metadata: { name: 's', namespace: 'default' },
      data: { a: 'QQ==', b: '44Gy' },
    });
  });

  it.each([deployment, statefulSet, service, secret].map((resource) => [resource.kind, resource] as const))(
    'of a %s are complete and valid: filling in twice changes nothing',
    (_, resource) => {
      const before = structuredClone(resource);
      const once = withDefaults(resource);
      expect(validate(once)).toEqual([]);
      expect(withDefaults(once)).toEqual(once);
      expect(resource).toEqual(before);
    },
  );
});
