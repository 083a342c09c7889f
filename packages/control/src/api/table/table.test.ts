import { Gateways, KubernetesGateways } from '@hikyaku/resources';
import type { KubernetesGateway, Pod } from '@hikyaku/resources';
import { describe, expect, it } from 'vitest';
import { humanDuration } from './duration.ts';
import { podStatus, processIds, readyCount, restartCount } from './pod-status.ts';
import { tableOf } from './table.ts';

type PodStatus = NonNullable<Pod['status']>;
type ContainerStatus = NonNullable<PodStatus['containerStatuses']>[number];

const container = (state: ContainerStatus['state'], changes: Partial<ContainerStatus> = {}): ContainerStatus => ({
  name: 'main',
  image: '',
  imageID: '',
  ready: false,
  restartCount: 0,
  ...(state && { state }),
  ...changes,
});

const pod = (status: PodStatus, changes: { initContainers?: number; terminating?: boolean } = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', ...(changes.terminating === true && { deletionTimestamp: '2026-01-01T00:00:00Z' }) },
  spec: {
    containers: [{ name: 'main', image: 'web' }],
    ...(changes.initContainers !== undefined && {
      initContainers: Array.from({ length: changes.initContainers }, (_, index) => ({ name: `init-${index}`, image: 'x' })),
    }),
  },
  status,
});

describe('humanDuration', () => {
  it.each([
    [-5, '0s'],
    [0, '0s'],
    [119, '119s'],
    [120, '2m'],
    [200, '3m20s'],
    [45 * 60, '45m'],
    [3 * 3600 + 720, '3h12m'],
    [20 * 3600 + 720, '20h'],
    [2 * 86400 + 4 * 3600, '2d4h'],
    [40 * 86400, '40d'],
    [400 * 86400, '1y35d'],
  ])('prints %i seconds as %s', (seconds, text) => {
    expect(humanDuration(seconds * 1000)).toBe(text);
  });
});

describe('podStatus', () => {
  it('is the phase when all is well', () => {
    expect(podStatus(pod({ phase: 'Running', containerStatuses: [container({ running: {} }, { ready: true })] }))).toBe(
      'Running',
    );
    expect(podStatus(pod({ phase: 'Pending' }))).toBe('Pending');
  });

  it('says why a container waits or how it ended', () => {
    const of = (state: ContainerStatus['state']) => podStatus(pod({ phase: 'Running', containerStatuses: [container(state)] }));
    expect(of({ waiting: { reason: 'CrashLoopBackOff' } })).toBe('CrashLoopBackOff');
    expect(of({ waiting: { reason: 'ImagePullBackOff' } })).toBe('ImagePullBackOff');
    expect(of({ terminated: { exitCode: 0, reason: 'Completed' } })).toBe('Completed');
    expect(of({ terminated: { exitCode: 3 } })).toBe('ExitCode:3');
  });

  it('says how far the init containers are', () => {
    const of = (...states: ContainerStatus['state'][]) =>
      podStatus(pod({ phase: 'Pending', initContainerStatuses: states.map((state) => container(state)) }, { initContainers: 2 }));
    expect(of({ running: {} })).toBe('Init:0/2');
    expect(of({ terminated: { exitCode: 0 } }, { waiting: { reason: 'CrashLoopBackOff' } })).toBe('Init:CrashLoopBackOff');
  });

  it('says that a Pod is on its way out, whatever else it does', () => {
    expect(podStatus(pod({ phase: 'Running' }, { terminating: true }))).toBe('Terminating');
  });

  it('names the processes of what runs', () => {
    const of = (state: ContainerStatus['state']) =>
      processIds(pod({ containerStatuses: [container(state, { containerID: 'process://4711' })] }));
    expect([of({ running: {} }), of({ waiting: { reason: 'CrashLoopBackOff' } })]).toEqual(['4711', '<none>']);
  });

  it('counts ready containers and restarts', () => {
    const crashed = pod({ containerStatuses: [container({ running: {} }, { restartCount: 4 })] });
    expect([readyCount(crashed), restartCount(crashed)]).toEqual(['0/1', 4]);
  });
});

describe('tableOf', () => {
  const options = { kind: { group: '', kind: 'Pod' }, nowMs: Date.parse('2026-01-01T00:01:00Z') };
  const web = pod({ phase: 'Running', podIP: '127.16.0.5' });

  it('has the columns of kubectl and the processes, those of -o wide with a lower priority', () => {
    const { columnDefinitions } = tableOf([], { ...options, rowObject: 'Metadata' });
    expect(columnDefinitions.map(({ name, priority }) => `${name}${priority === 0 ? '' : '*'}`)).toEqual([
      'Name',
      'Ready',
      'Status',
      'Restarts',
      'Age',
      'IP*',
      'Node*',
      'PID*',
    ]);
  });

  it('has a row of cells for each object, with as much of the object as is asked for', () => {
    const object = { ...web, metadata: { name: 'web', creationTimestamp: '2026-01-01T00:00:00Z' } };
    const [row] = tableOf([object], { ...options, rowObject: 'Object' }).rows;
    expect(row).toEqual({ cells: ['web', '0/1', 'Running', '0', '60s', '127.16.0.5', '<none>', '<none>'], object });
    expect(tableOf([object], { ...options, rowObject: 'None' }).rows[0]).not.toHaveProperty('object');
  });

  it('knows kinds without columns of their own by name and age', () => {
    expect(tableOf([web], { ...options, kind: Gateways, rowObject: 'None' }).columnDefinitions.map(({ name }) => name)).toEqual([
      'Name',
      'Age',
    ]);
  });

  it('tells two kinds of one name apart by their group', () => {
    const gateway: KubernetesGateway = {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'Gateway',
      metadata: { name: 'public', creationTimestamp: '2026-01-01T00:00:00Z' },
      spec: { gatewayClassName: 'istio', listeners: [] },
      status: { addresses: [{ value: '127.0.0.1' }] },
    };
    const { rows } = tableOf([gateway], { ...options, kind: KubernetesGateways, rowObject: 'None' });
    expect(rows[0]?.cells).toEqual(['public', 'istio', '127.0.0.1', '', '60s']);
  });
});
