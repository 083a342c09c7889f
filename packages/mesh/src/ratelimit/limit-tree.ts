/**
 * Which limit holds for a descriptor, by the configuration of Envoy's rate limit service: level by level, a value's own node before one
 * with a prefix, and that before the node for any value. Pure.
 */
import type { LimitNode } from '../snapshot/protection.ts';
import type { Descriptor } from './descriptors.ts';

/** Undefined when none does. */
export function limitFor(nodes: readonly LimitNode[], descriptor: Descriptor): LimitNode | undefined {
  let level = nodes;
  let found: LimitNode | undefined;
  for (const { key, value } of descriptor) {
    found = nodeFor(
      level.filter((node) => node.key === key),
      value,
    );
    if (found === undefined) return undefined;
    level = found.children;
  }
  return found?.limit === undefined ? undefined : found;
}

function nodeFor(nodes: readonly LimitNode[], value: string): LimitNode | undefined {
  return (
    nodes.find((node) => node.value === value) ??
    nodes.find((node) => node.value?.endsWith('*') === true && value.startsWith(node.value.slice(0, -1))) ??
    nodes.find((node) => node.value === undefined)
  );
}
