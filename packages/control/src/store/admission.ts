/**
 * What stands between a request to write and the store, in this order: the kind's own rules, its defaults, an address for a Service,
 * fields that may not change. Every writer passes here, the controllers too.
 */
import { validate, withDefaults, type FieldError, type Resource, type Service } from '@hikyaku/resources';
import { InvalidError } from './errors.ts';
import { immutableFieldErrors } from './immutable-fields.ts';
import { addressErrors, withAddress, type AddressBook } from './service-addresses.ts';

export interface AdmissionRequest {
  object: Resource;
  /** The object as it is now; absent when it is about to be created. */
  old?: Resource | undefined;
  /** Looked up only when a Service needs it. */
  addresses: () => AddressBook;
}

/** The object as it may be stored. Throws `InvalidError` with every mistake at once. */
export function admit({ object, old, addresses }: AdmissionRequest): Resource {
  refuse(object, validate(object));
  const defaulted = withDefaults(object);
  const admitted = isService(defaulted) ? withAddress(defaulted, serviceOf(old), addresses) : defaulted;
  refuse(admitted, [
    ...(isService(admitted) ? addressErrors(admitted, serviceOf(old), addresses) : []),
    ...(old === undefined ? [] : immutableFieldErrors(admitted, old)),
  ]);
  return admitted;
}

function refuse(object: Resource, errors: FieldError[]): void {
  if (errors.length > 0) throw new InvalidError(object, errors);
}

function serviceOf(object: Resource | undefined): Service | undefined {
  return object !== undefined && isService(object) ? object : undefined;
}

function isService(object: Resource): object is Service {
  return object.kind === 'Service' && object.apiVersion === 'v1';
}
