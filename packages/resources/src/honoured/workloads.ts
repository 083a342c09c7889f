/** Deployments, ReplicaSets and StatefulSets. */
import { podTemplate } from './pod.ts';
import { persistentVolumeClaim } from './storage.ts';
import { each, harmless, members, resource, works, worksFor } from './support.ts';

export const deployment = resource({
  spec: members({
    ...each(
      works,
      'replicas',
      'selector',
      'minReadySeconds',
      'revisionHistoryLimit',
      'progressDeadlineSeconds',
      'strategy',
      'paused',
    ),
    template: podTemplate,
  }),
});

export const replicaSet = resource({
  spec: members({ ...each(works, 'replicas', 'selector', 'minReadySeconds'), template: podTemplate }),
});

export const statefulSet = resource({
  spec: members({
    ...each(works, 'replicas', 'selector', 'serviceName', 'podManagementPolicy', 'minReadySeconds', 'ordinals'),
    updateStrategy: members({ type: worksFor('RollingUpdate'), rollingUpdate: members({ partition: works }) }),
    revisionHistoryLimit: harmless('no history is kept: a rollback is an apply of the earlier manifest'),
    persistentVolumeClaimRetentionPolicy: members(each(worksFor('Retain'), 'whenDeleted', 'whenScaled')),
    template: podTemplate,
    volumeClaimTemplates: persistentVolumeClaim,
  }),
});
