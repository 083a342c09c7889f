/** What is wrong with one field of a resource: the common currency of all checks, of the API's 422 answers and of the manifest diagnostics. */

/** The way to a field: names of members and indexes of list items. */
export type FieldPath = readonly (string | number)[];

/** `unknown`: there is no such field; `required`: it is missing; `invalid`: what it holds cannot be. */
export type FieldErrorCode = 'unknown' | 'required' | 'invalid';

export interface FieldError {
  code: FieldErrorCode;
  /** As Kubernetes writes it: `spec.template.spec.containers[0].image`. Empty for the resource itself. */
  path: string;
  segments: FieldPath;
  /** A whole clause for people that starts with the path: `spec.replicas must be a whole number, got "three"`. */
  message: string;
  /** What was probably meant, without punctuation: `did you mean replicas?` */
  suggestion?: string;
}

const plainName = /^[A-Za-z_$][\w$-]*$/;

/** `['spec', 'containers', 0]` → `spec.containers[0]`; names that would read ambiguously are bracketed and quoted. */
export function formatPath(segments: FieldPath): string {
  return segments
    .map((segment, index) => {
      if (typeof segment === 'number') return `[${segment}]`;
      if (!plainName.test(segment)) return `[${JSON.stringify(segment)}]`;
      return index === 0 ? segment : `.${segment}`;
    })
    .join('');
}

/** `message` is what follows the path: `must be a whole number, got "three"`. */
export function fieldError(segments: FieldPath, message: string, suggestion?: string): FieldError {
  const path = formatPath(segments);
  return {
    code: 'invalid',
    path,
    segments,
    message: path === '' ? message : `${path} ${message}`,
    ...(suggestion !== undefined && { suggestion }),
  };
}

export function required(segments: FieldPath): FieldError {
  return { ...fieldError(segments, 'is required'), code: 'required' };
}

export function unknown(segments: FieldPath, suggestion?: string): FieldError {
  return { ...fieldError(segments, '', suggestion), code: 'unknown', message: `unknown field ${formatPath(segments)}` };
}
