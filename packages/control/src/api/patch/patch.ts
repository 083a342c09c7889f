/** The four formats a PATCH can come in, told apart by the media type of its body. */
import { ResourceError } from '@hikyaku/resources';
import { applyPatch as applyJsonPatch, type Operation } from 'rfc6902';
import { copyOf, isObject } from '../../json.ts';
import { applyMergePatch } from './merge-patch.ts';
import { applyStrategicMergePatch } from './strategic-merge.ts';

export const applyMediaType = 'application/apply-patch+yaml';

type JsonObject = Record<string, unknown>;

/** Gives the patched object; the given one is not touched. Undefined for a media type that is no patch of an existing object. */
export function patcherFor(mediaType: string, patch: unknown): ((object: JsonObject) => unknown) | undefined {
  switch (mediaType) {
    case 'application/json-patch+json':
      return (object) => jsonPatched(object, patch);
    case 'application/merge-patch+json':
      return (object) => applyMergePatch(object, patch);
    case 'application/strategic-merge-patch+json':
      return (object) => applyStrategicMergePatch(object, objectPatch(patch));
    default:
      return undefined;
  }
}

/** RFC 6902: all operations or none. */
function jsonPatched(object: JsonObject, patch: unknown): unknown {
  if (!Array.isArray(patch) || !patch.every(isOperation)) {
    throw new ResourceError('BadRequest', 'a JSON patch is a list of operations, each with `op` and `path` (RFC 6902)');
  }
  const patched = copyOf(object);
  const [failure] = applyJsonPatch(patched, patch).filter((error) => error !== null);
  if (failure !== undefined) throw new ResourceError('Invalid', `the JSON patch cannot be applied: ${failure.message}`);
  return patched;
}

function isOperation(value: unknown): value is Operation {
  return (
    isObject(value) &&
    typeof value.op === 'string' &&
    typeof value.path === 'string' &&
    (value.path === '' || value.path.startsWith('/'))
  );
}

function objectPatch(patch: unknown): JsonObject {
  if (!isObject(patch)) throw new ResourceError('BadRequest', 'a strategic merge patch has to be an object');
  return patch;
}
