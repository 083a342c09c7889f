/** The ResourceClient of other processes (the CLI, tools): the store's interface over the Kubernetes API, and what only the API offers. */
import { readFile } from 'node:fs/promises';
import { ResourceError, apiVersionOf, formatSelector, kindOf } from '@hikyaku/resources';
import type { Kind, ListOptions, PodLogOptions, Resource, ResourceClient, ResourceList } from '@hikyaku/resources';
import type { Table } from '../api/table/table.ts';
import { parseKubeconfig } from '../credentials/kubeconfig.ts';
import { isObject } from '../json.ts';
import { createTransport, type Transport } from './transport.ts';
import { keepWatching } from './watch.ts';

export interface ApiClient extends ResourceClient {
  /** Lines without their line ends, oldest first; with `follow` until the Pod is gone or `signal` aborts. Throws `NotFound`, `BadRequest`. */
  logs(namespace: string, pod: string, options?: PodLogOptions): AsyncIterable<string>;
  /**
   * Server-side apply as `fieldManager` (default `hikyaku`): creates the object or changes it to what is said here; fields this manager said
   * before and no longer does go. Takes over fields that others applied.
   */
  apply<R extends Resource>(object: R, options?: { fieldManager?: string }): Promise<R>;
  /** What `kubectl get` prints. `name` restricts it to one object. */
  table(kind: Kind, options?: ListOptions & { name?: string }): Promise<Table>;
}

/** Connects to the API that the file's current context names. Throws when it does not answer or does not let this user in. */
export async function connect(kubeconfigPath: string): Promise<ApiClient> {
  const transport = createTransport(parseKubeconfig(await readFile(kubeconfigPath, 'utf8')));
  await transport.json({ method: 'GET', path: '/api' });
  return createApiClient(transport);
}

export function createApiClient(transport: Transport): ApiClient {
  const list = async <R extends Resource>(kind: Kind<R>, options: ListOptions = {}) =>
    listFrom<R>(
      await transport.json({ method: 'GET', path: withQuery(pathOf(kind, options.namespace), selectorQuery(options)) }),
      kind,
    );
  const write = async <R extends Resource>(method: 'POST' | 'PUT', path: string, object: R) =>
    (await transport.json({ method, path, body: object })) as R;
  return {
    list,
    async get<R extends Resource>(kind: Kind<R>, namespace: string | undefined, name: string) {
      try {
        return (await transport.json({ method: 'GET', path: pathOf(kind, namespace ?? 'default', name) })) as R;
      } catch (error) {
        if (error instanceof ResourceError && error.reason === 'NotFound') return undefined;
        throw error;
      }
    },
    create: (kind, object) => write('POST', pathOf(kind, object.metadata.namespace ?? 'default'), object),
    update: (kind, object) => write('PUT', objectPath(kind, object), object),
    updateStatus: (kind, object) => write('PUT', `${objectPath(kind, object)}/status`, object),
    async delete(kind, namespace, name, { uid, ...options } = {}) {
      const body = { ...options, ...(uid !== undefined && { preconditions: { uid } }) };
      await transport.json({ method: 'DELETE', path: pathOf(kind, namespace ?? 'default', name), body });
    },
    watch(kind, { signal, resourceVersion, ...options }, onEvent) {
      const lines = (version: string) => {
        const query = { ...selectorQuery(options), watch: 'true', allowWatchBookmarks: 'true', resourceVersion: version };
        return transport.lines({ method: 'GET', path: withQuery(pathOf(kind, options.namespace), query), signal });
      };
      void keepWatching({ list: () => list(kind, options), lines }, resourceVersion, signal, onEvent);
    },
    logs: (namespace, pod, { signal, ...options } = {}) =>
      transport.lines({
        method: 'GET',
        path: withQuery(
          `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/log`,
          texts(options),
        ),
        accept: '*/*',
        signal,
      }),
    async apply<R extends Resource>(object: R, { fieldManager = 'hikyaku' } = {}) {
      const kind = kindOf(object.apiVersion, object.kind);
      if (kind === undefined) throw new ResourceError('NotFound', `there is no kind ${object.kind} in ${object.apiVersion}`);
      const path = withQuery(objectPath(kind, object), { fieldManager, force: 'true' });
      return (await transport.json({ method: 'PATCH', path, body: object, contentType: 'application/apply-patch+yaml' })) as R;
    },
    async table(kind, { name, ...options } = {}) {
      const query = {
        ...selectorQuery(options),
        ...(name !== undefined && { fieldSelector: `metadata.name=${name}` }),
        includeObject: 'Metadata',
      };
      const path = withQuery(pathOf(kind, options.namespace), query);
      return (await transport.json({ method: 'GET', path, accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' })) as Table;
    },
  };
}

function pathOf(kind: Kind, namespace: string | undefined, name?: string): string {
  const root = kind.group === '' ? '/api' : '/apis';
  const inNamespace = kind.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}/${apiVersionOf(kind)}${inNamespace}/${kind.plural}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`;
}

function objectPath(kind: Kind, { metadata }: Resource): string {
  return pathOf(kind, metadata.namespace ?? 'default', metadata.name);
}

function selectorQuery({ labelSelector }: ListOptions): Record<string, string> {
  return labelSelector === undefined ? {} : { labelSelector: formatSelector(labelSelector) };
}

function withQuery(path: string, query: Record<string, string>): string {
  const text = new URLSearchParams(query).toString();
  return text === '' ? path : `${path}?${text}`;
}

function texts(options: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(options)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, String(value)]),
  );
}

/** Items of a list carry their apiVersion and kind here, as the store's do; servers may leave them out. */
function listFrom<R extends Resource>(answer: unknown, kind: Kind<R>): ResourceList<R> {
  if (!isObject(answer) || !Array.isArray(answer.items) || !isObject(answer.metadata)) {
    throw new ResourceError('InternalError', `the API answered with something that is no list of ${kind.plural}`);
  }
  const items = answer.items.map((item: object) => ({
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    ...item,
  })) as unknown as R[];
  return { items, resourceVersion: String(answer.metadata.resourceVersion) };
}
