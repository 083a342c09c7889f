/** Deployments, ReplicaSets and StatefulSets. */
import { fill, record, records, type Fields } from './fill.ts';
import { defaultPodSpec } from './pod.ts';

export function defaultDeployment(spec: Fields): void {
  fill(spec, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 });
  const strategy = record(spec, 'strategy');
  fill(strategy, { type: 'RollingUpdate' });
  if (strategy.type === 'RollingUpdate') fill(record(strategy, 'rollingUpdate'), { maxSurge: '25%', maxUnavailable: '25%' });
  defaultTemplate(spec);
}

export function defaultReplicaSet(spec: Fields): void {
  fill(spec, { replicas: 1 });
  defaultTemplate(spec);
}

export function defaultStatefulSet(spec: Fields): void {
  fill(spec, { replicas: 1, revisionHistoryLimit: 10, podManagementPolicy: 'OrderedReady' });
  fill(record(spec, 'persistentVolumeClaimRetentionPolicy'), { whenDeleted: 'Retain', whenScaled: 'Retain' });
  const strategy = record(spec, 'updateStrategy');
  fill(strategy, { type: 'RollingUpdate' });
  if (strategy.type === 'RollingUpdate') fill(record(strategy, 'rollingUpdate'), { partition: 0 });
  for (const claim of records(spec, 'volumeClaimTemplates')) {
    fill(claim, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', status: { phase: 'Pending' } });
    fill(record(claim, 'spec'), { volumeMode: 'Filesystem' });
  }
  defaultTemplate(spec);
}

function defaultTemplate(spec: Fields): void {
  const template = record(spec, 'template');
  record(template, 'metadata');
  defaultPodSpec(record(template, 'spec'));
}
