/**
 * Which objects a list or a watch is about: a namespace, labels, fields. A watch with a selection sees an object that begins to match
 * as ADDED and one that stops matching as DELETED, whatever happened to it really (the Kubernetes watch semantics).
 */
import { matchesSelector, type LabelSelector, type Resource, type WatchEvent } from '@hikyaku/resources';
import type { Change } from './change-feed.ts';

export interface Selection {
  /** Absent: all namespaces. */
  namespace?: string | undefined;
  labelSelector?: LabelSelector | undefined;
  /** A further test, for what labels cannot say (field selectors). */
  matches?: ((object: Readonly<Resource>) => boolean) | undefined;
}

export function isSelected({ namespace, labelSelector, matches }: Selection, object: Readonly<Resource>): boolean {
  return (
    (namespace === undefined || object.metadata.namespace === namespace) &&
    (labelSelector === undefined || matchesSelector(labelSelector, object.metadata.labels ?? {})) &&
    (matches?.(object) ?? true)
  );
}

/** What a change means to a watcher with this selection; undefined when it does not concern the watcher. */
export function eventTypeFor(selection: Selection, change: Change): WatchEvent<Resource>['type'] | undefined {
  const matches = isSelected(selection, change.object);
  if (change.previous === undefined) return typeWithoutHistory(selection, change, matches);
  const matched = isSelected(selection, change.previous);
  if (change.type === 'DELETED') return matched ? 'DELETED' : undefined;
  if (matches) return matched ? 'MODIFIED' : 'ADDED';
  return matched ? 'DELETED' : undefined;
}

/**
 * A change read back from the log does not know what it changed. Telling a watcher that something it may never have seen is gone
 * does no harm; leaving it with something that stopped matching would.
 */
function typeWithoutHistory(
  selection: Selection,
  { type, object }: Change,
  matches: boolean,
): WatchEvent<Resource>['type'] | undefined {
  if (matches) return type;
  const isInScope = isSelected({ namespace: selection.namespace }, object);
  return isInScope && type === 'MODIFIED' ? 'DELETED' : undefined;
}
