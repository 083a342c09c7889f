/**
 * The ConfigMaps and Secrets of a Pod's namespace, and what a Pod may know of itself (the downward API).
 */
import { parseQuantity, type ConfigMap, type Informer, type Pod, type Secret } from '@hikyaku/resources';
import type { ContainerSpec } from './types.ts';

/** Something a container needs is missing or wrong; it goes on when that changes. `reason` is what the container waits for. */
export class WaitingError extends Error {
  readonly reason: 'CreateContainerConfigError' | 'ImagePullBackOff';

  constructor(reason: WaitingError['reason'], message: string) {
    super(message);
    this.name = 'WaitingError';
    this.reason = reason;
  }
}

export type ConfigurationKind = 'configmap' | 'secret';

export interface Configuration {
  /** Every key with its content; undefined when there is no such object. */
  read(kind: ConfigurationKind, name: string): Record<string, Buffer> | undefined;
}

export function createConfiguration(
  namespace: string,
  configMaps: Informer<ConfigMap>,
  secrets: Informer<Secret>,
): Configuration {
  return {
    read(kind, name) {
      if (kind === 'secret') return decodeObject(secrets.get(namespace, name), secretData);
      return decodeObject(configMaps.get(namespace, name), configMapData);
    },
  };
}

function decodeObject<T>(object: T | undefined, read: (object: T) => Record<string, Buffer>): Record<string, Buffer> | undefined {
  return object && read(object);
}

function configMapData({ data = {}, binaryData = {} }: ConfigMap): Record<string, Buffer> {
  return { ...decode(data, 'utf8'), ...decode(binaryData, 'base64') };
}

/** `stringData` is write-only and becomes `data` on the way into the store; it is read too, for stores that keep it. */
function secretData({ data = {}, stringData = {} }: Secret): Record<string, Buffer> {
  return { ...decode(data, 'base64'), ...decode(stringData, 'utf8') };
}

function decode(data: Record<string, string>, encoding: BufferEncoding): Record<string, Buffer> {
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, encoding)]));
}

/** The value of a `fieldRef`. Throws a WaitingError for a path that the downward API does not have. */
export function readField(pod: Pod, podIp: string, path: string): string {
  const { metadata, spec } = pod;
  const [, map, key = ''] = /^metadata\.(labels|annotations)\['([^']+)'\]$/.exec(path) ?? [];
  if (map === 'labels' || map === 'annotations') return metadata[map]?.[key] ?? '';
  const fields: Record<string, string | undefined> = {
    'metadata.name': metadata.name,
    'metadata.namespace': metadata.namespace,
    'metadata.uid': metadata.uid,
    'metadata.labels': formatMap(metadata.labels),
    'metadata.annotations': formatMap(metadata.annotations),
    'spec.nodeName': spec?.nodeName ?? 'local',
    'spec.serviceAccountName': spec?.serviceAccountName ?? 'default',
    'status.podIP': podIp,
    'status.podIPs': podIp,
    'status.hostIP': '127.0.0.1',
    'status.hostIPs': '127.0.0.1',
  };
  const value = fields[path];
  if (value === undefined) throw new WaitingError('CreateContainerConfigError', `the downward API has no field "${path}"`);
  return value;
}

/** The format of downward API files: one `key="value"` a line. */
function formatMap(map: Record<string, string> = {}): string {
  return Object.entries(map)
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join('\n');
}

/** The value of a `resourceFieldRef` such as `limits.memory`, in units of `divisor`, rounded up. Without a limit: the machine's. */
export function readResourceField(
  container: ContainerSpec,
  resource: string,
  divisor: string | number | undefined,
  machine: Record<string, number>,
): string {
  const [list = '', name = ''] = resource.split('.');
  const resources = container.resources;
  const quantity = list === 'limits' ? resources?.limits?.[name] : resources?.requests?.[name];
  const amount = quantity === undefined ? (machine[name] ?? 0) : parseQuantity(quantity);
  const unit = divisor === undefined || Number(divisor) === 0 ? 1 : parseQuantity(divisor);
  return String(Math.ceil(amount / unit));
}
