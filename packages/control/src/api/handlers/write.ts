/** POST, PUT and PATCH: an object, its status. */
import { ResourceError, type Resource } from '@hikyaku/resources';
import { isObject } from '../../json.ts';
import { notFound } from '../../store/errors.ts';
import type { Store, WriteOptions } from '../../store/store.ts';
import { unsupported, type Exchange } from '../exchange.ts';
import { resourceFrom } from '../object-body.ts';
import { applyMediaType, patcherFor } from '../patch/patch.ts';
import { applyServerSide } from '../patch/server-side-apply.ts';
import { negotiate } from '../representation.ts';
import type { ObjectTarget, Target } from '../target.ts';

/** A patch that says nothing of versions is tried on the latest object this often before the conflict is the client's. */
const patchAttempts = 5;

export async function createObject(store: Store, exchange: Exchange, target: Target): Promise<void> {
  const representation = negotiate(exchange, target);
  const object = resourceFrom(await exchange.objectBody(), target);
  const created = await store.create(target.kind, object, writeOptions(exchange));
  exchange.send(201, representation.one(created));
}

export async function replaceObject(store: Store, exchange: Exchange, target: ObjectTarget): Promise<void> {
  const representation = negotiate(exchange, target);
  const object = resourceFrom(await exchange.objectBody(), target);
  exchange.send(200, representation.one(await write(store, exchange, target, object)));
}

export async function patchObject(store: Store, exchange: Exchange, target: ObjectTarget): Promise<void> {
  const representation = negotiate(exchange, target);
  if (exchange.contentType === applyMediaType) {
    const { object, isNew } = await applyObject(store, exchange, target, await exchange.objectBody());
    exchange.send(isNew ? 201 : 200, representation.one(object));
    return;
  }
  const patch = patcherFor(exchange.contentType, await exchange.body());
  const isStrategic = exchange.contentType.startsWith('application/strategic');
  // As with custom resources in Kubernetes: there is no schema that would say how their lists merge.
  if (patch === undefined || (isStrategic && target.kind.group.includes('istio'))) throw unsupported(exchange.contentType);
  exchange.send(200, representation.one(await patchWith(store, exchange, target, patch)));
}

/** Reads, changes and writes an object; again, when somebody else wrote in between and the change does not insist on a version. */
export async function patchWith(
  store: Store,
  exchange: Exchange,
  target: ObjectTarget,
  change: (object: Record<string, unknown>) => unknown,
): Promise<Resource> {
  for (let attempt = 1; ; attempt++) {
    const current = await store.get(target.kind, target.namespace, target.name);
    if (current === undefined) throw notFound(target.kind, target.name);
    const patched = resourceFrom(change({ ...current }), target);
    try {
      return await write(store, exchange, target, patched);
    } catch (error) {
      const isRace =
        error instanceof ResourceError &&
        error.reason === 'Conflict' &&
        patched.metadata.resourceVersion === current.metadata.resourceVersion;
      if (!isRace || attempt === patchAttempts) throw error;
    }
  }
}

async function applyObject(
  store: Store,
  exchange: Exchange,
  target: ObjectTarget,
  wanted: Record<string, unknown>,
): Promise<{ object: Resource; isNew: boolean }> {
  const manager = exchange.query.get('fieldManager');
  if (manager === null || manager === '')
    throw new ResourceError('BadRequest', 'server-side apply needs a fieldManager in the query');
  const options = { manager, force: exchange.flag('force'), now: new Date() };
  const current = await store.get(target.kind, target.namespace, target.name);
  const live = isObject(current) ? current : undefined;
  const merged = resourceFrom(applyServerSide(live, { ...resourceFrom(wanted, target) }, options), target);
  if (current === undefined) return { object: await store.create(target.kind, merged, writeOptions(exchange)), isNew: true };
  return { object: await write(store, exchange, target, merged), isNew: false };
}

async function write(store: Store, exchange: Exchange, { kind, subresource }: Target, object: Resource): Promise<Resource> {
  const options = writeOptions(exchange);
  return subresource === 'status' ? store.updateStatus(kind, object, options) : store.update(kind, object, options);
}

/** `dryRun=All` stands in the query, and for deletions perhaps in the body. */
export function writeOptions({ query }: Exchange, body?: unknown): WriteOptions {
  const inBody: unknown = isObject(body) ? body.dryRun : undefined;
  return { dryRun: query.getAll('dryRun').includes('All') || (Array.isArray(inBody) && inBody.includes('All')) };
}
