/** …/scale: the replicas of any workload in one shape, for `kubectl scale` and autoscalers. */
import { ResourceError, formatSelector, type LabelSelector, type Resource } from '@hikyaku/resources';
import { isObject } from '../../json.ts';
import { notFound } from '../../store/errors.ts';
import type { Store } from '../../store/store.ts';
import { unsupported, type Exchange } from '../exchange.ts';
import { patcherFor } from '../patch/patch.ts';
import type { ObjectTarget } from '../target.ts';
import { patchWith } from './write.ts';

type Scalable = Resource<{ replicas?: number; selector?: LabelSelector }, { replicas?: number }>;

export async function getScale(store: Store, exchange: Exchange, { kind, namespace, name }: ObjectTarget): Promise<void> {
  const object = await store.get(kind, namespace, name);
  if (object === undefined) throw notFound(kind, name);
  exchange.send(200, scaleOf(object as Scalable));
}

export async function replaceScale(store: Store, exchange: Exchange, target: ObjectTarget): Promise<void> {
  const body = await exchange.objectBody();
  exchange.send(200, scaleOf(await scaleWith(store, exchange, target, () => body)));
}

export async function patchScale(store: Store, exchange: Exchange, target: ObjectTarget): Promise<void> {
  const patch = patcherFor(exchange.contentType, await exchange.body());
  if (patch === undefined) throw unsupported(exchange.contentType);
  exchange.send(200, scaleOf(await scaleWith(store, exchange, target, patch)));
}

async function scaleWith(
  store: Store,
  exchange: Exchange,
  target: ObjectTarget,
  change: (scale: Record<string, unknown>) => unknown,
): Promise<Scalable> {
  // The part named in the URL is the Scale; what is written is the object itself.
  const whole = { ...target, subresource: undefined };
  const updated = await patchWith(store, exchange, whole, (object) => {
    const replicas = replicasOf(change({ ...scaleOf(object as unknown as Scalable) }));
    return { ...object, spec: { ...(isObject(object.spec) ? object.spec : {}), replicas } };
  });
  return updated as Scalable;
}

function replicasOf(scale: unknown): number {
  const replicas: unknown = isObject(scale) && isObject(scale.spec) ? (scale.spec.replicas ?? 0) : undefined;
  if (typeof replicas !== 'number' || !Number.isInteger(replicas) || replicas < 0) {
    throw new ResourceError('Invalid', 'spec.replicas of a Scale has to be a whole number, 0 or more');
  }
  return replicas;
}

function scaleOf({ metadata, spec, status }: Scalable) {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: spec?.replicas ?? 1 },
    status: { replicas: status?.replicas ?? 0, selector: formatSelector(spec?.selector) },
  };
}
