import type { Deployment, Pod, Service, StatefulSet } from '@hikyaku/resources';
import { describe, expect, it } from 'vitest';
import { workloadStates } from './workload.ts';

const deployment = (name: string, status: Deployment['status'] = {}): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'shop', generation: 1 },
  spec: { replicas: 1, selector: { matchLabels: { app: name } }, template: { metadata: { labels: { app: name } } } },
  status: { observedGeneration: 1, ...status },
});

const pod = (name: string, app: string, message: string, state: object = { running: {} }): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'shop', labels: { app }, creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: { containers: [{ name: app, image: app }] },
  status: {
    conditions: [
      { type: 'ContainersReady', status: 'False', message },
      { type: 'Ready', status: 'False' },
    ],
    containerStatuses: [{ name: app, image: app, imageID: '', ready: false, restartCount: 0, state }],
  },
});

const readyPod = (name: string, app: string): Pod => {
  const running = pod(name, app, '');
  return { ...running, status: { ...running.status, conditions: [{ type: 'Ready', status: 'True' }] } };
};
const ready = readyPod('order-service-x', 'order-service');

const postgresService: Service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'postgres', namespace: 'shop' },
  spec: { selector: { app: 'postgres' }, ports: [{ port: 5432 }] },
};

const only = (workload: Deployment | StatefulSet, pods: Pod[], services: Service[] = []) => {
  const [state] = workloadStates({ workloads: [workload], pods, services });
  return state;
};

describe('the state of a workload', () => {
  it('is ready when all replicas of the current revision are', () => {
    expect(only(deployment('order-service', { replicas: 1, readyReplicas: 1, updatedReplicas: 1 }), [ready])).toMatchObject({
      phase: 'ready',
      ready: 1,
      wanted: 1,
    });
  });

  it('is not ready when its Pods are not, whatever the status of an earlier run says', () => {
    const status = { replicas: 1, readyReplicas: 1, updatedReplicas: 1 };
    expect(only(deployment('order-service', status), [pod('order-service-x', 'order-service', 'starting')])).toMatchObject({
      phase: 'starting',
    });
  });

  it('is not ready while only a Pod of the revision before is', () => {
    const rolling = deployment('order-service', { replicas: 2, updatedReplicas: 1, readyReplicas: 1 });
    const crashing = pod('order-service-y', 'order-service', 'order-service: CrashLoopBackOff', {
      waiting: { reason: 'CrashLoopBackOff' },
    });
    expect(only(rolling, [ready, crashing])).toMatchObject({ phase: 'failing', ready: 0 });
  });

  it('is not ready while the controller has not seen the latest change', () => {
    expect(
      only(deployment('order-service', { observedGeneration: 0, replicas: 1, readyReplicas: 1, updatedReplicas: 1 }), []),
    ).toMatchObject({
      phase: 'pending',
    });
  });

  it('names the late Pod behind the Service that is waited for', () => {
    const waiting = pod(
      'order-service-x',
      'order-service',
      'order-service: readiness: HTTP 503: database: waiting for postgres:5432 (connection refused)',
    );
    const late = pod('postgres-0', 'postgres', 'postgres: starting');
    expect(only(deployment('order-service'), [waiting, late], [postgresService])).toMatchObject({
      phase: 'starting',
      why: 'waiting for postgres-0 (readiness: connection refused)',
    });
  });

  it('repeats the probe’s own words when no Service is named', () => {
    const waiting = pod('order-service-x', 'order-service', 'order-service: readiness: HTTP 503');
    expect(only(deployment('order-service'), [waiting])?.why).toBe('readiness: HTTP 503');
  });

  it('fails with the last log lines when the container crashes', () => {
    const crashing = pod('order-service-x', 'order-service', 'order-service: CrashLoopBackOff: exit code 1\nError: boom', {
      waiting: { reason: 'CrashLoopBackOff' },
    });
    expect(only(deployment('order-service'), [crashing])).toMatchObject({
      phase: 'failing',
      why: 'CrashLoopBackOff: exit code 1',
      detail: ['Error: boom'],
    });
  });

  it('is pulling while the container waits for its image', () => {
    const pulling = pod('order-service-x', 'order-service', '', { waiting: { reason: 'ContainerCreating' } });
    expect(only(deployment('order-service'), [pulling])).toMatchObject({ phase: 'pulling' });
  });
});
