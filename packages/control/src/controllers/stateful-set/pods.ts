/** The Pods and claims of a StatefulSet: which ordinal and revision each has, and how a missing one is made. */
import type { PersistentVolumeClaim, Pod, StatefulSet } from '@hikyaku/resources';
import { podFromTemplate } from '../pods.ts';
import { templateHash } from '../template-hash.ts';

const revisionLabel = 'controller-revision-hash';

/** The name of the current template, as status and Pods carry it. */
export function revisionOf({ metadata, spec }: StatefulSet): string {
  return `${metadata.name}-${templateHash(spec?.template)}`;
}

export function podRevision({ metadata }: Pod): string | undefined {
  return metadata.labels?.[revisionLabel];
}

/** The number at the end of the Pod's name. */
export function ordinalOf({ metadata }: Pod): number {
  return Number(/-(\d+)$/.exec(metadata.name)?.[1] ?? -1);
}

export function newPod(statefulSet: StatefulSet, ordinal: number): Pod {
  const { metadata, spec } = statefulSet;
  const name = `${metadata.name}-${ordinal}`;
  const labels = {
    'statefulset.kubernetes.io/pod-name': name,
    'apps.kubernetes.io/pod-index': String(ordinal),
    [revisionLabel]: revisionOf(statefulSet),
  };
  const pod = podFromTemplate(statefulSet, spec?.template, { name, labels });
  if (pod.spec === undefined) return pod;
  const claims = new Map(
    (spec?.volumeClaimTemplates ?? []).map((template) => [
      template.metadata?.name ?? '',
      claimName(statefulSet, template, ordinal),
    ]),
  );
  // A claim template takes the place of a volume of the same name.
  const volumes = [
    ...(pod.spec.volumes ?? []).filter((volume) => !claims.has(volume.name)),
    ...[...claims].map(([volume, claim]) => ({ name: volume, persistentVolumeClaim: { claimName: claim } })),
  ];
  const subdomain = spec?.serviceName;
  return {
    ...pod,
    spec: { ...pod.spec, hostname: name, ...(subdomain !== undefined && { subdomain }), ...(volumes.length > 0 && { volumes }) },
  };
}

/** The claims of one ordinal. They have no owner: the data stays when the Pod, or the StatefulSet, goes. */
export function newClaims(statefulSet: StatefulSet, ordinal: number): PersistentVolumeClaim[] {
  return (statefulSet.spec?.volumeClaimTemplates ?? []).map((template) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: claimName(statefulSet, template, ordinal),
      namespace: statefulSet.metadata.namespace ?? 'default',
      labels: { ...template.metadata?.labels, ...statefulSet.spec?.selector.matchLabels },
    },
    ...(template.spec !== undefined && { spec: template.spec }),
  }));
}

function claimName({ metadata }: StatefulSet, template: { metadata?: { name?: string } }, ordinal: number): string {
  return `${template.metadata?.name ?? ''}-${metadata.name}-${ordinal}`;
}
