/**
 * How lists inside Kubernetes objects are merged: item by item, by a key; as a set of values; or, all others, as a whole. From the
 * `patchMergeKey` and `listMapKeys` of the Kubernetes API (https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy).
 */

/** By the field's name. `ports` is the one whose key depends on where it is. */
const mergeKeys: Record<string, string> = {
  containers: 'name',
  initContainers: 'name',
  ephemeralContainers: 'name',
  env: 'name',
  volumes: 'name',
  volumeMounts: 'mountPath',
  volumeDevices: 'devicePath',
  imagePullSecrets: 'name',
  secrets: 'name',
  hostAliases: 'ip',
  topologySpreadConstraints: 'topologyKey',
  conditions: 'type',
  ownerReferences: 'uid',
  podIPs: 'ip',
  resourceClaims: 'name',
};

const setFields = new Set(['finalizers']);

/** The key that tells items of the list at `path` apart; undefined when the list is a value of its own. */
export function mergeKeyAt(path: readonly string[]): string | undefined {
  const field = path.at(-1) ?? '';
  if (field !== 'ports') return Object.hasOwn(mergeKeys, field) ? mergeKeys[field] : undefined;
  const isContainerPorts = path.some((name) => name === 'containers' || name === 'initContainers');
  if (isContainerPorts) return 'containerPort';
  return path.length === 2 && path[0] === 'spec' ? 'port' : undefined;
}

/** Whether the list at `path` holds values of which each counts once. */
export function isSetAt(path: readonly string[]): boolean {
  return setFields.has(path.at(-1) ?? '');
}
