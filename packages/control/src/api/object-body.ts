/** Turns what a client sent into a resource of the kind that its URL names, in the version that is stored. */
import { ResourceError, apiVersionOf, isResource, type Resource } from '@hikyaku/resources';
import { isObject, omit } from '../json.ts';
import type { Target } from './target.ts';

/**
 * The body as a resource; apiVersion, kind, name and namespace may be left to the URL. Throws `BadRequest` when they contradict it, or when this
 * is no resource at all.
 */
export function resourceFrom(body: unknown, target: Target): Resource {
  const { kind, version, namespace, name } = target;
  if (!isObject(body)) throw new ResourceError('BadRequest', 'the body of the request has to be a resource');
  const given = isObject(body.metadata) ? body.metadata : {};
  // An empty name is how some clients ask for a generated one.
  const metadata = given.name === '' ? omit(given, 'name') : given;
  checkKind(body, target);
  agree('name', metadata.name, name);
  agree('namespace', metadata.namespace, namespace);
  const inUrl = { ...(name !== undefined && { name }), ...(kind.namespaced && namespace !== undefined && { namespace }) };
  const resource = {
    ...body,
    apiVersion: apiVersionOf({ group: kind.group, version: kind.version }),
    kind: kind.kind,
    metadata: { ...metadata, ...inUrl },
  };
  if (!isResource(resource))
    throw new ResourceError('BadRequest', `${kind.kind} (${apiVersionOf({ group: kind.group, version })}) has no metadata.name`);
  return resource;
}

function checkKind(body: Record<string, unknown>, { kind }: Target): void {
  const versions = kind.servedVersions.map((version) => apiVersionOf({ group: kind.group, version }));
  if (body.kind !== undefined && body.kind !== kind.kind) {
    throw new ResourceError('BadRequest', `the URL is one of ${kind.kind}, the body a ${describe(body.kind)}`);
  }
  if (body.apiVersion !== undefined && !versions.includes(describe(body.apiVersion))) {
    throw new ResourceError(
      'BadRequest',
      `the apiVersion of a ${kind.kind} is ${versions.join(' or ')}, not ${describe(body.apiVersion)}`,
    );
  }
}

function agree(field: string, inBody: unknown, inUrl: string | undefined): void {
  if (inBody !== undefined && inBody !== '' && inUrl !== undefined && inBody !== inUrl) {
    throw new ResourceError(
      'BadRequest',
      `the ${field} of the object (${describe(inBody)}) does not match the ${field} on the URL (${inUrl})`,
    );
  }
}

function describe(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
