/** What to say of a resource whose kind hikyaku does not have: misspelt, known elsewhere, or somebody's custom resource. */
import { schemas } from '../schema/schema.ts';
import { fieldError, type FieldError } from './field-error.ts';
import { didYouMean, nearMatch } from './near-match.ts';

export interface UnknownKind {
  /** False when the kind is real, in Kubernetes or as somebody's custom resource: then it is skipped with a warning. */
  isMistake: boolean;
  error: FieldError;
}

export function unknownKind(apiVersion: string, kind: string): UnknownKind {
  const { kinds, otherKinds } = schemas();
  const known = [...Object.keys(kinds), ...otherKinds];
  const name = `${apiVersion}/${kind}`;
  if (otherKinds.includes(name))
    return { isMistake: false, error: fieldError(['kind'], `${kind} (${apiVersion}) is not run by hikyaku yet`) };
  const versions = known.filter((other) => other.endsWith(`/${kind}`)).map((other) => other.slice(0, -kind.length - 1));
  if (versions.length > 0 && !isCustomGroup(apiVersion, known)) {
    return {
      isMistake: true,
      error: fieldError(
        ['apiVersion'],
        `${apiVersion} has no kind ${kind}`,
        `did you mean apiVersion: ${nearMatch(apiVersion, versions) ?? versions[0] ?? ''}?`,
      ),
    };
  }
  if (isCustomGroup(apiVersion, known))
    return { isMistake: false, error: fieldError(['kind'], `${kind} (${apiVersion}) is not a kind hikyaku knows`) };
  const here = known.filter((other) => other.startsWith(`${apiVersion}/`)).map((other) => other.slice(apiVersion.length + 1));
  const anywhere = known.map((other) => other.slice(other.lastIndexOf('/') + 1));
  return {
    isMistake: true,
    error: fieldError(['kind'], `${kind} is not a kind of ${apiVersion}`, didYouMean(kind, here) ?? didYouMean(kind, anywhere)),
  };
}

/** A group with a domain name that is not (nearly) one of those that are known belongs to somebody's CustomResourceDefinition. */
function isCustomGroup(apiVersion: string, known: string[]): boolean {
  const group = groupOf(apiVersion);
  const groups = known.map((name) => groupOf(name.slice(0, name.lastIndexOf('/'))));
  return (
    group.includes('.') &&
    !groups.includes(group) &&
    nearMatch(
      group,
      groups.filter((other) => other.includes('.')),
    ) === undefined
  );
}

function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}
