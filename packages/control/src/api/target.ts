/**
 * What a path of the API is about: a kind, perhaps a namespace, an object, a part of it.
 *
 *   /api/v1/namespaces/shop/pods/cart-1/log        core group
 *   /apis/apps/v1/namespaces/shop/deployments      any other group
 */
import { ResourceError, allKinds, type KindInfo, type Resource } from '@hikyaku/resources';

export interface Target {
  kind: KindInfo;
  /** The version in the path, which may be another than the one objects are stored in. */
  version: string;
  /** Absent: all namespaces, or a kind that has none. */
  namespace?: string | undefined;
  /** Absent: all objects. */
  name?: string | undefined;
  subresource?: string | undefined;
}

/** A target that names one object. */
export type ObjectTarget = Target & { name: string };

/** Undefined when the path is not one of resources; throws `NotFound` when it would be, but no such kind is served. */
export function parseTarget(path: string): Target | undefined {
  const [root, ...segments] = path
    .split('/')
    .filter((segment) => segment !== '')
    .map(decodeSegment);
  const groupSegments = root === 'api' ? ['', ...segments] : root === 'apis' ? segments : [];
  const [group, version, ...rest] = groupSegments;
  if (group === undefined || version === undefined || rest.length === 0) return undefined;
  const { namespace, plural, name, subresource } = namedParts(rest);
  const kind = allKinds.find(
    (candidate) => candidate.group === group && candidate.plural === plural && candidate.servedVersions.includes(version),
  );
  if (kind === undefined) throw new ResourceError('NotFound', 'the server could not find the requested resource');
  return { kind, version, namespace, name, subresource };
}

/** `namespaces/x` is the Namespace itself, `namespaces/x/pods` its Pods, `namespaces/x/status` a part of it. */
function namedParts(segments: string[]): {
  namespace?: string | undefined;
  plural?: string | undefined;
  name?: string | undefined;
  subresource?: string | undefined;
} {
  const [first, second, third] = segments;
  const isInNamespace = first === 'namespaces' && third !== undefined && third !== 'status' && third !== 'finalize';
  if (!isInNamespace) return { plural: first, name: second, subresource: third };
  const [, namespace, plural, name, subresource] = segments;
  return { namespace, plural, name, subresource };
}

/** `object` under the apiVersion that was asked for. */
export function inVersion<R extends Resource>({ kind, version }: Target, object: R): R {
  return version === kind.version ? object : { ...object, apiVersion: `${kind.group}/${version}` };
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    throw new ResourceError('BadRequest', `cannot decode ${segment}`, { cause: error });
  }
}
