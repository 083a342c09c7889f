/**
 * A refusal's reason on the wire: google.rpc.Status with an ErrorInfo in the trailer `grpc-status-details-bin`, which every gRPC library
 * knows how to read.
 */
import { fileURLToPath } from 'node:url';
import { Metadata, status as codes, type ServiceError, type StatusObject } from '@grpc/grpc-js';
import { loadSync, type MessageTypeDefinition } from '@grpc/proto-loader';
import { GrpcError, type GrpcStatus } from './grpc.ts';

const trailer = 'grpc-status-details-bin';
const typeUrl = 'type.googleapis.com/google.rpc.ErrorInfo';

type ErrorInfo = { readonly reason: string; readonly domain: string; readonly metadata: Readonly<Record<string, string>> };
type Status = {
  readonly code: number;
  readonly message: string;
  readonly details: readonly { readonly type_url: string; readonly value: Buffer }[];
};

const messages = loadSync(fileURLToPath(new URL('./error-info.proto', import.meta.url)), { keepCase: true, defaults: true });
// The two are declared in the file just loaded, with these fields.
const StatusType = messages['google.rpc.Status'] as MessageTypeDefinition<Status, Status>;
const ErrorInfoType = messages['google.rpc.ErrorInfo'] as MessageTypeDefinition<ErrorInfo, ErrorInfo>;

/** @param domain who refuses: the service's name. */
export function toStatusObject(error: GrpcError, domain: string): Partial<StatusObject> {
  const code = codes[error.status];
  const metadata = new Metadata();
  if (error.reason !== undefined) {
    const value = ErrorInfoType.serialize({ reason: error.reason, domain, metadata: error.metadata });
    metadata.set(trailer, StatusType.serialize({ code, message: error.message, details: [{ type_url: typeUrl, value }] }));
  }
  return { code, details: error.message, metadata };
}

/** A failed call as the caller's code sees it. Details that cannot be read are left out: the status is what counts. */
export function toGrpcError(service: string, error: ServiceError): GrpcError {
  const info = readErrorInfo(error.metadata);
  return new GrpcError(nameOf(error.code), `${service}: ${error.details}`, {
    cause: error,
    ...(info === undefined ? {} : { reason: info.reason, metadata: info.metadata }),
  });
}

export const nameOf = (code: codes): GrpcStatus => (codes[code] as GrpcStatus | undefined) ?? 'UNKNOWN';

function readErrorInfo(metadata: Metadata): ErrorInfo | undefined {
  const [bytes] = metadata.get(trailer);
  if (!Buffer.isBuffer(bytes)) return undefined;
  try {
    const detail = StatusType.deserialize(bytes).details.find(({ type_url: url }) => url === typeUrl);
    return detail && ErrorInfoType.deserialize(detail.value);
  } catch {
    return undefined;
  }
}
