/** DELETE: one object, or all that a selector names. */
import { ResourceError, type DeleteOptions, type Resource } from '@hikyaku/resources';
import { isObject } from '../../json.ts';
import { notFound } from '../../store/errors.ts';
import { isSelected } from '../../store/selection.ts';
import type { Store } from '../../store/store.ts';
import type { Exchange } from '../exchange.ts';
import { negotiate } from '../representation.ts';
import { selectionOf } from '../selection.ts';
import { success } from '../status.ts';
import { inVersion, type ObjectTarget, type Target } from '../target.ts';
import { writeOptions } from './write.ts';

/** Answers with the object when it still has something to wait for, and with a Status when it is gone. */
export async function deleteObject(store: Store, exchange: Exchange, target: ObjectTarget): Promise<void> {
  const { kind, namespace, name } = target;
  const body = await exchange.body();
  const before = await store.get(kind, namespace, name);
  if (before === undefined) throw notFound(kind, name);
  await store.delete(kind, namespace, name, { ...deleteOptions(exchange, body), ...writeOptions(exchange, body) });
  const after = await store.get(kind, namespace, name);
  if (after !== undefined && after.metadata.uid === before.metadata.uid) exchange.send(200, inVersion(target, after));
  else exchange.send(200, success({ name, group: kind.group, kind: kind.plural, uid: before.metadata.uid }));
}

export async function deleteCollection(store: Store, exchange: Exchange, target: Target): Promise<void> {
  const representation = negotiate(exchange, target);
  const body = await exchange.body();
  const selection = selectionOf(exchange, target);
  const { items, resourceVersion } = await store.list(
    target.kind,
    target.namespace === undefined ? {} : { namespace: target.namespace },
  );
  const doomed: Resource[] = items.filter((object) => isSelected(selection, object));
  const options = { ...deleteOptions(exchange, body), ...writeOptions(exchange, body) };
  for (const { metadata } of doomed)
    await store.delete(target.kind, metadata.namespace, metadata.name, options).catch(ignoreNotFound);
  exchange.send(200, representation.list(doomed, resourceVersion));
}

/** From the body, a DeleteOptions object, or the query; the body decides. */
function deleteOptions({ query }: Exchange, body: unknown): DeleteOptions {
  const given = isObject(body) ? body : {};
  const graceSeconds = given.gracePeriodSeconds ?? numberOf(query.get('gracePeriodSeconds'));
  const policy = given.propagationPolicy ?? query.get('propagationPolicy') ?? undefined;
  const uid = isObject(given.preconditions) ? given.preconditions.uid : undefined;
  return {
    ...(typeof graceSeconds === 'number' && { gracePeriodSeconds: graceSeconds }),
    ...(isPolicy(policy) && { propagationPolicy: policy }),
    ...(given.orphanDependents === true && { propagationPolicy: 'Orphan' as const }),
    ...(typeof uid === 'string' && { uid }),
  };
}

function isPolicy(value: unknown): value is NonNullable<DeleteOptions['propagationPolicy']> {
  return value === 'Background' || value === 'Foreground' || value === 'Orphan';
}

function numberOf(text: string | null): number | undefined {
  return text === null || text === '' || Number.isNaN(Number(text)) ? undefined : Number(text);
}

function ignoreNotFound(error: unknown): void {
  if (!(error instanceof ResourceError) || error.reason !== 'NotFound') throw error;
}
