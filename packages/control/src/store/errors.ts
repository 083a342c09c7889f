/** The errors of the store in the words Kubernetes uses, because people and tools search for exactly these. */
import { ResourceError, type FieldError, type KindRef, type Resource } from '@hikyaku/resources';
import { resourceName } from '../resource-name.ts';

/** What may be added to a failure so that a client can point at the place. */
export class InvalidError extends ResourceError {
  readonly causes: readonly FieldError[];
  readonly object: Resource;

  constructor(object: Resource, causes: readonly FieldError[]) {
    const reasons = causes.map(describeCause).join('; ');
    super('Invalid', `${object.kind} "${object.metadata.name}" is invalid: ${reasons}`);
    this.name = 'InvalidError';
    this.causes = causes;
    this.object = object;
  }
}

/** One mistake as a clause for people, with what was probably meant. */
export function describeCause({ message, suggestion }: FieldError): string {
  return suggestion === undefined ? message : `${message}; ${suggestion}`;
}

export const notFound = (kind: KindRef, name: string) =>
  new ResourceError('NotFound', `${resourceName(kind)} "${name}" not found`);

export const alreadyExists = (kind: KindRef, name: string) =>
  new ResourceError('AlreadyExists', `${resourceName(kind)} "${name}" already exists`);

export const staleWrite = (kind: KindRef, name: string) =>
  new ResourceError(
    'Conflict',
    `Operation cannot be fulfilled on ${resourceName(kind)} "${name}": the object has been modified; please apply your changes to the latest version and try again`,
  );

export const otherUid = (kind: KindRef, name: string, wanted: string, found: string | undefined) =>
  new ResourceError(
    'Conflict',
    `Operation cannot be fulfilled on ${resourceName(kind)} "${name}": Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${found ?? 'none'}`,
  );
