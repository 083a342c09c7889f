/**
 * The ReplicaSets of a Deployment: which one belongs to the current template, which are older, and how they are numbered. A template
 * that comes back (a rollback) finds the ReplicaSet it had before.
 */
import type { Deployment, ReplicaSet } from '@hikyaku/resources';
import { omit } from '../../json.ts';
import { controllerReference } from '../pods.ts';
import { templateHash } from '../template-hash.ts';

export const revisionAnnotation = 'deployment.kubernetes.io/revision';
const hashLabel = 'pod-template-hash';

export interface ReplicaSets {
  /** The one of the current template; absent when it has to be created. */
  current?: ReplicaSet | undefined;
  /** All others, oldest first. */
  old: ReplicaSet[];
}

export function sortReplicaSets(deployment: Deployment, owned: ReplicaSet[]): ReplicaSets {
  const name = nameFor(deployment);
  const byRevision = [...owned].sort((left, right) => revisionOf(left) - revisionOf(right));
  return {
    current: byRevision.find(({ metadata }) => metadata.name === name),
    old: byRevision.filter(({ metadata }) => metadata.name !== name),
  };
}

export function revisionOf({ metadata }: ReplicaSet | Deployment): number {
  return Number(metadata.annotations?.[revisionAnnotation] ?? 0) || 0;
}

/** The number the current ReplicaSet has to carry: higher than every older one's. */
export function nextRevision({ current, old }: ReplicaSets): number {
  const newest = Math.max(0, ...old.map(revisionOf));
  return current !== undefined && revisionOf(current) > newest ? revisionOf(current) : newest + 1;
}

/** The ReplicaSet of the current template, as it is to be created. */
export function newReplicaSet(deployment: Deployment, revision: number, replicas: number): ReplicaSet {
  const { metadata, spec } = deployment;
  const hash = templateHash(spec?.template);
  const labels = { ...spec?.template.metadata?.labels, [hashLabel]: hash };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: nameFor(deployment),
      namespace: metadata.namespace ?? 'default',
      labels,
      annotations: annotationsFor(deployment, revision),
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas,
      ...(spec?.minReadySeconds !== undefined && { minReadySeconds: spec.minReadySeconds }),
      selector: { ...spec?.selector, matchLabels: { ...spec?.selector.matchLabels, [hashLabel]: hash } },
      template: { ...spec?.template, metadata: { ...spec?.template.metadata, labels } },
    },
  };
}

/** What a ReplicaSet carries of its Deployment: its annotations (such as the change cause), and the revision. */
export function annotationsFor({ metadata }: Deployment, revision: number): Record<string, string> {
  const own = omit(metadata.annotations ?? {}, 'kubectl.kubernetes.io/last-applied-configuration', revisionAnnotation);
  return { ...own, [revisionAnnotation]: String(revision) };
}

function nameFor({ metadata, spec }: Deployment): string {
  return `${metadata.name}-${templateHash(spec?.template)}`;
}
