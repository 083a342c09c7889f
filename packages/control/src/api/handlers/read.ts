/** GET: one object, or a list. */
import { notFound } from '../../store/errors.ts';
import { isSelected } from '../../store/selection.ts';
import type { Store } from '../../store/store.ts';
import type { Exchange } from '../exchange.ts';
import { negotiate } from '../representation.ts';
import { selectionOf } from '../selection.ts';
import type { ObjectTarget, Target } from '../target.ts';

export async function getObject(store: Store, exchange: Exchange, target: ObjectTarget): Promise<void> {
  const representation = negotiate(exchange, target);
  const object = await store.get(target.kind, target.namespace, target.name);
  if (object === undefined) throw notFound(target.kind, target.name);
  exchange.send(200, representation.one(object));
}

/** Always the whole list: `limit` is a wish that a server of this size need not grant. */
export async function listObjects(store: Store, exchange: Exchange, target: Target): Promise<void> {
  const representation = negotiate(exchange, target);
  const selection = selectionOf(exchange, target);
  const { items, resourceVersion } = await store.list(
    target.kind,
    target.namespace === undefined ? {} : { namespace: target.namespace },
  );
  exchange.send(
    200,
    representation.list(
      items.filter((object) => isSelected(selection, object)),
      resourceVersion,
    ),
  );
}
