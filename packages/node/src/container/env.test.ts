import type { Pod, Service } from '@hikyaku/resources';
import { describe, expect, it } from 'vitest';
import { buildEnv, expand, serviceEnv, type EnvSources } from './env.ts';

const pod: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'order-1', namespace: 'shop', labels: { app: 'order' } },
  spec: { containers: [] },
};
const service: Service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'user-service', namespace: 'shop' },
  spec: { clusterIP: '127.96.0.5', ports: [{ name: 'http', port: 8080 }] },
};
const sources: EnvSources = {
  pod,
  podIp: '127.16.0.1',
  services: [service],
  configuration: {
    read: (kind, name) =>
      kind === 'configmap' && name === 'settings' ? { A: Buffer.from('a'), B: Buffer.from('b') } : undefined,
  },
};

describe('buildEnv', () => {
  it('lets env win over envFrom, and both over Service variables', () => {
    const env = buildEnv(
      {
        name: 'c',
        envFrom: [{ prefix: 'X_', configMapRef: { name: 'settings' } }],
        env: [
          { name: 'X_A', value: 'mine' },
          { name: 'USER_SERVICE_PORT', value: '1' },
        ],
      },
      sources,
    );
    expect(env).toMatchObject({ X_A: 'mine', X_B: 'b', USER_SERVICE_PORT: '1', USER_SERVICE_SERVICE_HOST: '127.96.0.5' });
  });

  it('leaves Service variables out where the Pod does not want them', () => {
    const quiet = { ...pod, spec: { containers: [], enableServiceLinks: false } };
    expect(buildEnv({ name: 'c' }, { ...sources, pod: quiet })).toEqual({});
  });

  it('reads the downward API and resource limits in the unit asked for', () => {
    const env = buildEnv(
      {
        name: 'c',
        resources: { limits: { memory: '128Mi', cpu: '1500m' } },
        env: [
          { name: 'APP', valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
          { name: 'MIB', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } },
          { name: 'CPUS', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
        ],
      },
      sources,
    );
    expect(env).toMatchObject({ APP: 'order', MIB: '128', CPUS: '2' });
  });

  it('names what is missing, unless it is optional', () => {
    const reading = (optional: boolean) =>
      buildEnv({ name: 'c', env: [{ name: 'K', valueFrom: { secretKeyRef: { name: 'keys', key: 'k', optional } } }] }, sources);
    expect(() => reading(false)).toThrow('secret "keys" not found');
    expect(reading(true)).not.toHaveProperty('K');
    const key = () =>
      buildEnv({ name: 'c', env: [{ name: 'K', valueFrom: { configMapKeyRef: { name: 'settings', key: 'C' } } }] }, sources);
    expect(key).toThrow(`env K: couldn't find key C in configmap "settings"`);
  });
});

it('expands what is defined, leaves what is not, and honours $$', () => {
  expect(expand('$(A)-$(B)-$$(A)-$A-$$', { A: '1' })).toBe('1-$(B)-$(A)-$A-$');
});

it('gives a Service the variables that Kubernetes would', () => {
  expect(serviceEnv([service])).toEqual({
    USER_SERVICE_SERVICE_HOST: '127.96.0.5',
    USER_SERVICE_SERVICE_PORT: '8080',
    USER_SERVICE_SERVICE_PORT_HTTP: '8080',
    USER_SERVICE_PORT: 'tcp://127.96.0.5:8080',
    USER_SERVICE_PORT_8080_TCP: 'tcp://127.96.0.5:8080',
    USER_SERVICE_PORT_8080_TCP_PROTO: 'tcp',
    USER_SERVICE_PORT_8080_TCP_PORT: '8080',
    USER_SERVICE_PORT_8080_TCP_ADDR: '127.96.0.5',
  });
});
