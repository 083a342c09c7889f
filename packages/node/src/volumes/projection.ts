/**
 * The files that configMap, secret, downwardAPI and projected volumes consist of.
 */
import { missing } from '../container/env.ts';
import { readField, readResourceField, WaitingError, type Configuration, type ConfigurationKind } from '../pod/configuration.ts';
import type { PodContext } from '../pod/context.ts';
import type { Volume } from '../pod/types.ts';
import type { Files } from './atomic-files.ts';

type Projected = NonNullable<Volume['projected']>;
type Source = NonNullable<Projected['sources']>[number];
type DownwardItems = NonNullable<NonNullable<Volume['downwardAPI']>['items']>;
type Items = NonNullable<NonNullable<Volume['configMap']>['items']>;
type Entry = [path: string, file: { content: Buffer; mode: number }];

/** Readable by their owner alone: on a shared machine, configuration is as private as the process that reads it. */
const CONFIG_MODE = 0o600;
const SECRET_MODE = 0o400;

/** The files of a volume; undefined when it is not of a kind made of files. Throws a WaitingError for what is missing. */
export function projectVolume(volume: Volume, pod: PodContext): Files | undefined {
  const { configMap, secret, downwardAPI, projected } = volume;
  if (configMap) return new Map(project('configmap', configMap.name, configMap, pod.configuration));
  if (secret) return new Map(project('secret', secret.secretName, secret, pod.configuration));
  if (downwardAPI) return new Map(projectDownward(downwardAPI.items ?? [], pod));
  if (projected) return new Map((projected.sources ?? []).flatMap((source) => projectSource(source, pod)));
  return undefined;
}

function projectSource({ configMap, secret, downwardAPI, serviceAccountToken }: Source, pod: PodContext): Entry[] {
  if (configMap) return project('configmap', configMap.name, configMap, pod.configuration);
  if (secret) return project('secret', secret.name, secret, pod.configuration);
  if (downwardAPI) return projectDownward(downwardAPI.items ?? [], pod);
  throw new WaitingError(
    'CreateContainerConfigError',
    `projected volumes of ${serviceAccountToken ? 'serviceAccountToken' : 'this source'} are not supported`,
  );
}

function project(
  kind: ConfigurationKind,
  name = '',
  { items, optional }: { items?: Items; optional?: boolean },
  configuration: Configuration,
): Entry[] {
  const data = configuration.read(kind, name);
  if (!data && !optional) throw missing(kind, name);
  const mode = kind === 'secret' ? SECRET_MODE : CONFIG_MODE;
  if (!items) return Object.entries(data ?? {}).map(([key, content]) => [key, { content, mode }]);
  return items.flatMap(({ key, path }): Entry[] => {
    const content = data?.[key];
    if (content) return [[safePath(path), { content, mode }]];
    if (optional) return [];
    throw new WaitingError('CreateContainerConfigError', `${kind} "${name}" has no key "${key}"`);
  });
}

function projectDownward(items: DownwardItems, { pod, podIp }: PodContext): Entry[] {
  return items.map(({ path, fieldRef, resourceFieldRef }) => {
    const container = pod.spec?.containers.find(({ name }) => name === resourceFieldRef?.containerName);
    const value = fieldRef
      ? readField(pod, podIp, fieldRef.fieldPath)
      : container && resourceFieldRef
        ? readResourceField(container, resourceFieldRef.resource, resourceFieldRef.divisor, {})
        : '';
    return [safePath(path), { content: Buffer.from(value), mode: CONFIG_MODE }];
  });
}

/** A path in a manifest must not lead out of its volume. */
function safePath(path: string): string {
  const isSafe = !path.startsWith('/') && !path.split('/').some((part) => part === '..' || part.startsWith('..'));
  if (isSafe) return path;
  throw new WaitingError('CreateContainerConfigError', `"${path}" is not a path within a volume`);
}
