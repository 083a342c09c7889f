/** What the store itself writes into an object that is created: identity, time, generation and the status it starts with. */
import { randomInt, randomUUID } from 'node:crypto';
import { ResourceError, type Kind, type Resource } from '@hikyaku/resources';
import { omit } from '../json.ts';

/** Kubernetes' alphabet for generated names: no vowels and nothing that is easily confused, so no words appear by chance. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

export function randomSuffix(length = 5): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}

/** `object` under its final name and namespace, with the metadata no client decides about. Throws `BadRequest` when it has no name. */
export function initialObject(kind: Kind, object: Resource, now: Date): Resource {
  const { metadata } = object;
  if (metadata.resourceVersion !== undefined && metadata.resourceVersion !== '') {
    throw new ResourceError('BadRequest', 'resourceVersion should not be set on objects to be created');
  }
  return withInitialStatus({
    ...object,
    metadata: {
      ...omit(metadata, 'resourceVersion', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'namespace'),
      name: nameOf(object),
      ...(kind.namespaced && { namespace: metadata.namespace ?? 'default' }),
      uid: randomUUID(),
      creationTimestamp: timestamp(now),
      generation: 1,
    },
  });
}

/** RFC 3339 in whole seconds, as Kubernetes writes it. */
export function timestamp(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}

function nameOf({ kind, metadata }: Resource): string {
  if (metadata.name) return metadata.name;
  if (metadata.generateName) return metadata.generateName + randomSuffix();
  throw new ResourceError('BadRequest', `${kind} has no name: metadata.name or metadata.generateName is required`);
}

/** Status is never the creator's to decide. */
function withInitialStatus(created: Resource): Resource {
  const object = omit(created, 'status');
  switch (object.kind) {
    case 'Pod':
      return { ...object, status: { phase: 'Pending' } };
    case 'PersistentVolumeClaim':
      return { ...object, status: { phase: 'Pending' } };
    case 'Namespace':
      return { ...object, spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } };
    case 'Service':
      return { ...object, status: { loadBalancer: {} } };
    default:
      return object;
  }
}
