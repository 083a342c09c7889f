/**
 * /openapi/v3: as much of it as kubectl needs to know that this server checks fields itself (`--validate=strict`). The schemas are not in
 * it yet, so `kubectl explain` has nothing to tell.
 */
import { ResourceError, allKinds, apiVersionOf, type KindInfo } from '@hikyaku/resources';
import type { Exchange } from '../exchange.ts';

/** Answers a path of OpenAPI; false when it is none. */
export function describeApi(exchange: Exchange): boolean {
  if (!exchange.path.startsWith('/openapi/v3')) return false;
  const path = exchange.path.slice('/openapi/v3'.length).replace(/^\//, '');
  exchange.send(200, path === '' ? index() : documentOf(path));
  return true;
}

function pathsByVersion(): Map<string, KindInfo[]> {
  const served = allKinds.flatMap((kind) => kind.servedVersions.map((version) => ({ ...kind, version })));
  return Map.groupBy(served, (kind) => (kind.group === '' ? `api/${kind.version}` : `apis/${apiVersionOf(kind)}`));
}

function index(): object {
  const paths = [...pathsByVersion().keys()].map((path) => [path, { serverRelativeURL: `/openapi/v3/${path}` }]);
  return { paths: Object.fromEntries(paths) as object };
}

function documentOf(path: string): object {
  const kinds = pathsByVersion().get(path);
  if (kinds === undefined) throw new ResourceError('NotFound', 'the server could not find the requested resource');
  const operations = kinds.map((kind) => [
    `/${path}${kind.namespaced ? '/namespaces/{namespace}' : ''}/${kind.plural}/{name}`,
    { patch: patchOperation(kind) },
  ]);
  return {
    openapi: '3.0.0',
    info: { title: 'hikyaku', version: 'v1' },
    paths: Object.fromEntries(operations) as object,
    components: { schemas: {} },
  };
}

function patchOperation({ group, version, kind }: KindInfo): object {
  return {
    parameters: [{ name: 'fieldValidation', in: 'query', schema: { type: 'string' } }],
    'x-kubernetes-action': 'patch',
    'x-kubernetes-group-version-kind': { group, version, kind },
    responses: { '200': { description: 'OK' } },
  };
}
