/**
 * A Pod's status from its containers' (pure).
 * https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/
 */
import { setCondition } from '@hikyaku/resources';
import type { Container } from '../container/container.ts';
import type { ContainerStatus, PodSpec, PodStatus } from './types.ts';

export type ContainerView = Pick<Container, 'name' | 'status' | 'unreadyReason'>;

export interface StatusInput {
  spec: PodSpec;
  previous: PodStatus | undefined;
  podIp: string;
  startTime: string;
  isInitialized: boolean;
  initContainers: readonly ContainerView[];
  containers: readonly ContainerView[];
}

export function podStatus({
  spec,
  previous,
  podIp,
  startTime,
  isInitialized,
  initContainers,
  containers,
}: StatusInput): PodStatus {
  const containerStatuses = containers.map(({ status }) => status);
  const unready = [...initContainers.filter(({ status }) => !hasFinished(status)), ...containers].filter(
    ({ status }) => !status.ready,
  );
  const message = unready
    .filter(({ unreadyReason }) => unreadyReason !== '')
    .map(({ name, unreadyReason }) => `${name}: ${unreadyReason}`)
    .join('; ');
  const areReady = isInitialized && containers.length > 0 && containers.every(({ status }) => status.ready);
  const phase = phaseOf(spec, containerStatuses, isInitialized);

  let conditions = previous?.conditions ?? [];
  const set = (type: string, isTrue: boolean, reason: string) => {
    const detail = isTrue ? {} : { reason, ...(message !== '' && { message }) };
    conditions = setCondition(conditions, { type, status: isTrue ? 'True' : 'False', ...detail });
  };
  set('PodScheduled', true, '');
  set('Initialized', isInitialized, 'ContainersNotInitialized');
  set('ContainersReady', areReady, phase === 'Succeeded' ? 'PodCompleted' : 'ContainersNotReady');
  set('Ready', areReady, phase === 'Succeeded' ? 'PodCompleted' : 'ContainersNotReady');

  return {
    phase,
    conditions,
    hostIP: '127.0.0.1',
    podIP: podIp,
    podIPs: [{ ip: podIp }],
    startTime,
    containerStatuses,
    ...(initContainers.length > 0 && { initContainerStatuses: initContainers.map(({ status }) => status) }),
  };
}

/** The status of a Pod whose processes are gone: of hikyaku's last run, or of the machine's. */
export function statusBeforeStart(status: PodStatus): PodStatus {
  const reset = (each: ContainerStatus): ContainerStatus => ({
    ...each,
    ready: false,
    started: false,
    state: { waiting: { reason: 'ContainerCreating' } },
  });
  let { conditions = [] } = status;
  for (const type of ['ContainersReady', 'Ready']) {
    conditions = setCondition(conditions, { type, status: 'False', reason: 'ContainersNotReady', message: 'starting again' });
  }
  return {
    ...status,
    phase: 'Pending',
    conditions,
    ...(status.containerStatuses && { containerStatuses: status.containerStatuses.map(reset) }),
  };
}

function phaseOf(
  { restartPolicy = 'Always' }: PodSpec,
  statuses: readonly ContainerStatus[],
  isInitialized: boolean,
): NonNullable<PodStatus['phase']> {
  if (!isInitialized) return 'Pending';
  if (statuses.every(({ state }) => state?.waiting && state.waiting.reason !== 'CrashLoopBackOff')) return 'Pending';
  if (restartPolicy === 'Always' || !statuses.every(({ state }) => state?.terminated)) return 'Running';
  const isSuccess = statuses.every(({ state }) => state?.terminated?.exitCode === 0);
  if (isSuccess) return 'Succeeded';
  return restartPolicy === 'Never' ? 'Failed' : 'Running';
}

function hasFinished({ state }: ContainerStatus): boolean {
  return state?.terminated?.exitCode === 0;
}
