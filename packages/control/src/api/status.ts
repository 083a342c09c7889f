/** Errors as Kubernetes Status objects: the one place where a reason becomes an HTTP status. */
import { ResourceError, type ErrorReason } from '@hikyaku/resources';
import { InvalidError, describeCause } from '../store/errors.ts';

export interface Status {
  kind: 'Status';
  apiVersion: 'v1';
  metadata: object;
  status: 'Success' | 'Failure';
  code: number;
  reason?: ErrorReason;
  message?: string;
  details?: object;
}

export const httpStatusOf: Record<ErrorReason, number> = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  InternalError: 500,
  ServiceUnavailable: 503,
};

/** Anything that is no ResourceError is a fault of the server; its message may hold anything, so it does not leave the process. */
export function statusOf(error: unknown): Status {
  if (!(error instanceof ResourceError)) return failure('InternalError', 'an internal error occurred');
  const status = failure(error.reason, error.message);
  return error instanceof InvalidError ? { ...status, details: invalidDetails(error) } : status;
}

/** kubectl prints these, each as `field: message`, and not the message of the whole. */
function invalidDetails({ object, causes }: InvalidError): object {
  return {
    name: object.metadata.name,
    group: object.apiVersion.includes('/') ? object.apiVersion.split('/', 1)[0] : '',
    kind: object.kind,
    causes: causes.map((cause) => ({
      reason: reasons[cause.code],
      message: withoutPath(describeCause(cause), cause.path),
      field: cause.path,
    })),
  };
}

const reasons = { unknown: 'FieldValueInvalid', invalid: 'FieldValueInvalid', required: 'FieldValueRequired' };

function withoutPath(message: string, path: string): string {
  return path !== '' && message.startsWith(`${path} `) ? message.slice(path.length + 1) : message.replace(` ${path}`, '');
}

export function success(details: object): Status {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 200, details };
}

function failure(reason: ErrorReason, message: string): Status {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', code: httpStatusOf[reason], reason, message };
}
