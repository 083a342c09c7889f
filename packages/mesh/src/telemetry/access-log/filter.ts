/**
 * Which requests are logged: CEL over the attributes that Envoy offers. The language is a library's, and loaded when somebody asks.
 */
import { combinedField } from '../../http/fields.ts';
import type { LogEntry } from './entry.ts';

export type LogFilter = (entry: LogEntry) => boolean;

/** Rejects, with a message of one line, when the expression cannot be read. What it cannot be evaluated for is not logged. */
export async function compileFilter(expression: string): Promise<LogFilter> {
  const { Environment } = await import('@marcbachmann/cel-js');
  const environment = ['request', 'response', 'connection', 'upstream', 'source'].reduce(
    (declared, name) => declared.registerVariable(name, 'map'),
    new Environment(),
  );
  let evaluate;
  try {
    evaluate = environment.parse(expression);
    const { valid, error } = evaluate.check();
    if (!valid) throw error ?? new Error('it does not fit its types');
  } catch (error) {
    throw new Error(`${expression}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`, { cause: error });
  }
  return (entry) => {
    try {
      return evaluate({ ...attributesOf(entry), request: requestOf(entry) }) === true;
    } catch {
      return false;
    }
  };
}

/** Integers are BigInts in CEL. Without `duration`: the library does not export its type. */
function requestOf(entry: LogEntry): Record<string, unknown> {
  const { head, requestBytes, startedAt, requestId } = entry;
  const headers: Record<string, string> = {};
  for (let index = 0; index + 1 < head.fields.length; index += 2) {
    const name = (head.fields[index] ?? '').toLowerCase();
    headers[name] = combinedField(head.fields, name) ?? '';
  }
  return {
    method: head.method,
    path: head.target,
    url_path: head.target.split('?')[0],
    host: head.host ?? '',
    scheme: 'http',
    headers,
    id: headers['x-request-id'] ?? requestId ?? '',
    useragent: headers['user-agent'] ?? '',
    size: BigInt(requestBytes),
    total_size: BigInt(requestBytes),
    protocol: head.majorVersion === 2 ? 'HTTP/2' : `HTTP/1.${head.minorVersion}`,
    time: startedAt,
  };
}

function attributesOf({
  status,
  flags,
  reason,
  grpcStatus,
  responseBytes,
  upstream,
  remoteAddress,
}: LogEntry): Record<string, unknown> {
  return {
    response: {
      code: BigInt(status),
      code_details: reason ?? '',
      flags: BigInt(flags),
      size: BigInt(responseBytes),
      total_size: BigInt(responseBytes),
      ...(grpcStatus !== undefined && { grpc_status: BigInt(grpcStatus) }),
    },
    connection: { mtls: false },
    upstream: upstream === undefined ? {} : { address: `${upstream.address}:${upstream.port}`, port: BigInt(upstream.port) },
    source: { address: remoteAddress },
  };
}
