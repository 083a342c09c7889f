/** What `kubectl get pods` says about a Pod in one word: why it is not running, where that is known, and its phase otherwise. */
import type { Pod } from '@hikyaku/resources';

type ContainerStatus = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number];

export function podStatus(pod: Pod): string {
  const { status, metadata } = pod;
  if (metadata.deletionTimestamp !== undefined) return 'Terminating';
  return initStatus(pod) ?? containersStatus(status) ?? status?.reason ?? status?.phase ?? 'Unknown';
}

/** `1/2`: containers that are ready, of all. */
export function readyCount({ spec, status }: Pod): string {
  const ready = (status?.containerStatuses ?? []).filter((container) => container.ready).length;
  return `${ready}/${spec?.containers.length ?? 0}`;
}

export function restartCount({ status }: Pod): number {
  return (status?.containerStatuses ?? []).reduce((sum, container) => sum + container.restartCount, 0);
}

/** Of the containers that run, as the node names them: `process://4711`. */
export function processIds({ status }: Pod): string {
  const running = (status?.containerStatuses ?? []).filter(({ state }) => state?.running !== undefined);
  return running.flatMap(({ containerID = '' }) => /^process:\/\/(\d+)$/.exec(containerID)?.[1] ?? []).join(',') || '<none>';
}

/** When a container last ended before the current run; undefined when none did. */
export function lastRestart({ status }: Pod): string | undefined {
  return (status?.containerStatuses ?? [])
    .flatMap(({ lastState }) => lastState?.terminated?.finishedAt ?? [])
    .sort()
    .at(-1);
}

function initStatus({ spec, status }: Pod): string | undefined {
  const containers = status?.initContainerStatuses ?? [];
  const done = containers.filter(({ state }) => state?.terminated?.exitCode === 0).length;
  const current = containers.find(({ state }) => state?.terminated?.exitCode !== 0);
  const total = spec?.initContainers?.length ?? 0;
  if (current === undefined || total === 0) return undefined;
  const reason = current.state?.terminated === undefined ? waitingReason(current) : terminatedReason(current);
  return reason === undefined || reason === 'PodInitializing' ? `Init:${done}/${total}` : `Init:${reason}`;
}

function containersStatus(status: Pod['status']): string | undefined {
  const containers = status?.containerStatuses ?? [];
  const reasons = containers.flatMap((container) => waitingReason(container) ?? terminatedReason(container) ?? []);
  const hasRunning = containers.some(({ ready, state }) => ready && state?.running !== undefined);
  // One of several containers has ended well: the Pod still works.
  if (reasons[0] === 'Completed' && hasRunning) return isPodReady(status) ? 'Running' : 'NotReady';
  return reasons[0];
}

function waitingReason({ state }: ContainerStatus): string | undefined {
  return state?.waiting?.reason;
}

function terminatedReason({ state }: ContainerStatus): string | undefined {
  const ended = state?.terminated;
  if (ended === undefined) return undefined;
  if (ended.reason !== undefined && ended.reason !== '') return ended.reason;
  return ended.signal === undefined ? `ExitCode:${ended.exitCode}` : `Signal:${ended.signal}`;
}

function isPodReady(status: Pod['status']): boolean {
  return status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false;
}
