/**
 * From resources to what a person wants to know of each workload: its phase, and why it waits. Pure.
 */
import { matchesSelector } from '@hikyaku/resources';
import type { Deployment, Pod, Service, StatefulSet } from '@hikyaku/resources';

/** The system's resources as far as progress is concerned; kept up to date by `watch.ts`. */
export interface View {
  workloads: (Deployment | StatefulSet)[];
  pods: Pod[];
  services: Service[];
}

export type Phase = 'pending' | 'pulling' | 'starting' | 'ready' | 'failing';

export interface WorkloadState {
  name: string;
  namespace: string;
  phase: Phase;
  ready: number;
  wanted: number;
  /** Why it is not ready, in one line; absent when there is nothing to say. */
  why?: string;
  /** Last lines of a crashed container's log, when the node reported them. */
  detail?: string[];
}

/** Waiting reasons that will not go away by themselves. */
const failures = new Set([
  'CrashLoopBackOff',
  'ImagePullBackOff',
  'ErrImagePull',
  'InvalidImageName',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
]);

/** What is true of every Pod for a moment and helps nobody. */
const uninformative = /not probed yet$|ContainerCreating$/;

export function workloadStates(view: View): WorkloadState[] {
  return view.workloads.map((workload) => workloadState(workload, view)).sort((a, b) => a.name.localeCompare(b.name));
}

function workloadState(workload: Deployment | StatefulSet, view: View): WorkloadState {
  const { name, namespace = 'default' } = workload.metadata;
  const wanted = workload.spec?.replicas ?? 1;
  const pods = podsOf(workload, view.pods);
  // While a roll-out is under way the old Pods may still be ready; the newest one tells how it goes.
  const ready = workload.status?.observedGeneration === workload.metadata.generation ? updatedReady(workload, pods) : 0;
  const base = { name, namespace, ready, wanted };
  if (ready >= wanted) return { ...base, phase: 'ready' };
  const pod = pods.filter((each) => !isReady(each)).sort(newestFirst)[0];
  if (pod === undefined) return { ...base, phase: 'pending' };
  return { ...base, phase: phaseOf(pod), ...explain(pod, view) };
}

/**
 * Ready Pods of the current revision: what is ready less what is left of older ones, which stay until their successors are ready. The Pods themselves
 * have the last word, since right after a restart the workload's status may still be that of the run before.
 */
function updatedReady({ status }: Deployment | StatefulSet, pods: Pod[]): number {
  const outdated = (status?.replicas ?? 0) - (status?.updatedReplicas ?? 0);
  return Math.max(0, Math.min(status?.readyReplicas ?? 0, pods.filter(isReady).length) - outdated);
}

function podsOf(workload: Deployment | StatefulSet, pods: Pod[]): Pod[] {
  return pods.filter(
    ({ metadata }) =>
      metadata.namespace === workload.metadata.namespace &&
      metadata.deletionTimestamp === undefined &&
      matchesSelector(workload.spec?.selector, metadata.labels),
  );
}

function phaseOf(pod: Pod): Phase {
  const containers = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  if (containers.some(({ state }) => failures.has(state?.waiting?.reason ?? ''))) return 'failing';
  if (containers.some(({ state }) => state?.running !== undefined || state?.terminated !== undefined)) return 'starting';
  return containers.length === 0 ? 'pending' : 'pulling';
}

function explain(pod: Pod, view: View): { why?: string; detail?: string[] } {
  const message = pod.status?.conditions?.find(({ type }) => type === 'ContainersReady')?.message;
  if (message === undefined || message === '' || uninformative.test(message)) return {};
  const [first = '', ...detail] = message.split('\n');
  const why = withoutOwnName(first, pod);
  const waitedFor = culprit(why, pod.metadata.namespace, view);
  return { why: waitedFor ?? why, ...(detail.length > 0 ? { detail } : {}) };
}

/** A one-container Pod's message need not repeat the container's name: the line already starts with the workload's. */
function withoutOwnName(message: string, pod: Pod): string {
  const [only, ...others] = pod.spec?.containers ?? [];
  return only !== undefined && others.length === 0 && message.startsWith(`${only.name}: `)
    ? message.slice(only.name.length + 2)
    : message;
}

/**
 * "… waiting for postgres:5432 (connection refused)" names a Service. Whoever reads it wants to know which Pod behind that Service is late, and why.
 */
function culprit(message: string, namespace: string | undefined, view: View): string | undefined {
  const match = /waiting for ([a-z0-9-]+)[\w.-]*(?::\d+)?(?: \((.*)\))?/.exec(message);
  const service = view.services.find(({ metadata }) => metadata.name === match?.[1] && metadata.namespace === namespace);
  if (service?.spec?.selector === undefined) return undefined;
  const selector = { matchLabels: service.spec.selector };
  const late = view.pods.find(
    (pod) => pod.metadata.namespace === namespace && matchesSelector(selector, pod.metadata.labels) && !isReady(pod),
  );
  if (late === undefined) return undefined;
  return `waiting for ${late.metadata.name} (readiness: ${match?.[2] ?? 'not ready'})`;
}

export function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

function newestFirst(a: Pod, b: Pod): number {
  return (b.metadata.creationTimestamp ?? '').localeCompare(a.metadata.creationTimestamp ?? '');
}
