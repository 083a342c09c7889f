/**
 * Values of header fields that a rule writes with Envoy's command operators, such as `%DOWNSTREAM_REMOTE_ADDRESS%`: filled in for one request.
 */
import type { Exchange } from '../http/exchange.ts';
import { byIdentity } from '../routing/by-identity.ts';
import type { HeaderValue } from '../snapshot/route-policies.ts';
import type { LogEntry } from '../telemetry/access-log/entry.ts';
import { compileHeaderValue } from '../telemetry/access-log/format.ts';

const compiled = byIdentity(({ format }: { format: string }) => compileHeaderValue(format, () => undefined));

/** What may stand in a field (RFC 9110 §5.5). */
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Without those that come out empty, which are no fields, as in Envoy. `describe` is called only where there is something to fill in. */
export function valuesOf(fields: readonly [string, HeaderValue][], describe: () => LogEntry): [string, string][] {
  return fields.flatMap(([name, value]): [string, string][] => {
    if (typeof value === 'string') return [[name, value]];
    const filled = compiled(value)(describe()).trim();
    return filled === '' || !fieldValue.test(filled) ? [] : [[name, filled]];
  });
}

export type Answered = Pick<LogEntry, 'status' | 'responseFields'>;

/** Without `answered`, the request as it is before an endpoint is chosen. What nobody keeps for this request is not known. */
export function describing(
  { head, remoteAddress, notes }: Exchange,
  known: Pick<LogEntry, 'route' | 'cluster'>,
  answered: Answered = { status: 0, responseFields: [] },
): LogEntry {
  const startedMs = notes?.startedMs ?? performance.now();
  const passedMs = performance.now() - startedMs;
  return {
    ...{ head, remoteAddress, ...known, ...answered },
    ...{ requestBytes: 0, responseBytes: 0, grpcStatus: undefined },
    flags: notes?.flags ?? 0,
    reason: notes?.reason,
    detail: notes?.detail,
    upstream: notes?.upstream,
    attempts: notes?.attempts ?? 0,
    requestId: notes?.requestId,
    hop: notes?.hop,
    durationMs: passedMs,
    responseMs: answered.status === 0 ? undefined : passedMs,
    startedAt: new Date(Date.now() - passedMs),
  };
}
