/**
 * The header fields that change on the way through: what belongs to one connection is dropped, what tells the next hop about this
 * one is added. Order, case and repetition of all others survive.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { combinedField, isNamed, nameTest } from '../http/fields.ts';
import type { RequestHead } from '../http/request-head.ts';
import type { ResponseHead } from '../http/response-head.ts';
import type { HeaderChanges } from '../snapshot/route-policies.ts';

/** Connection-specific fields (RFC 9110 §7.6.1), and Expect, which this hop has already answered. */
const hopByHopNames = [
  'connection', 'keep-alive', 'proxy-connection', 'proxy-authenticate', 'proxy-authorization', 'te', 'transfer-encoding', 'upgrade', 'expect',
]; // prettier-ignore

const isHopByHop = nameTest(hopByHopNames);

/** Fields that are for every recipient: naming them in Connection (RFC 9110 §7.6.1 forbids it) must not make them vanish. */
const endToEnd = new Set(['host', 'content-length', 'content-type', 'authorization', 'cookie']);

/** Told anew by the hop that takes a request into the mesh. */
const isOriginField = nameTest(['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host']);

const pseudonym = 'hikyaku';

export interface ForwardedRequest {
  head: RequestHead;
  /** For the Host field. */
  authority: string;
  /** Where a request from outside the mesh came from; absent for calls between services, whose fields stay as they are. */
  origin?: {
    address: string;
    scheme: 'http' | 'https';
    /** The host asked for, as sent. */
    authority: string;
  };
}

/** The fields to send upstream as a flat list, without those that frame the body or concern the connection. */
export function upstreamFields({ head, authority, origin }: ForwardedRequest): string[] {
  const { fields, nominated } = head;
  const kept = ['Host', authority];
  let hasRequestId = false;
  let hasTrace = false;
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const name = fields[index] ?? '';
    if (isNamed(name, 'host') || isDropped(name, nominated) || (origin !== undefined && isOriginField(name))) continue;
    hasRequestId ||= isNamed(name, 'x-request-id');
    hasTrace ||= isNamed(name, 'traceparent');
    kept.push(name, fields[index + 1] ?? '');
  }
  if (origin !== undefined) pushOrigin(kept, head, origin);
  if (!hasRequestId) kept.push('X-Request-Id', randomUUID());
  if (!hasTrace) kept.push('traceparent', newTraceparent());
  return kept;
}

function pushOrigin(
  kept: string[],
  head: RequestHead,
  { address, scheme, authority }: NonNullable<ForwardedRequest['origin']>,
): void {
  const earlier = combinedField(head.fields, 'x-forwarded-for');
  const forwardedFor = earlier === undefined ? address : `${earlier}, ${address}`;
  const via = `${head.majorVersion === 2 ? '2' : `1.${head.minorVersion}`} ${pseudonym}`;
  kept.push('X-Forwarded-For', forwardedFor, 'X-Forwarded-Proto', scheme, 'X-Forwarded-Host', authority, 'Via', via);
}

/** The fields to send back downstream, as a flat list. */
export function downstreamFields({ fields, nominated }: ResponseHead): string[] {
  const kept: string[] = [];
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const name = fields[index] ?? '';
    if (!isDropped(name, nominated)) kept.push(name, fields[index + 1] ?? '');
  }
  return kept;
}

/** The fields as a route wants them, one set of changes after the other. */
export function changedFields(fields: readonly string[], changes?: readonly HeaderChanges[]): readonly string[] {
  if (changes === undefined) return fields;
  return changes.reduce((current, { remove, set, add }) => {
    const dropped = new Set([...remove, ...set.map(([name]) => name.toLowerCase())]);
    const kept = current.filter((_, index) => !dropped.has((current[index - (index % 2)] ?? '').toLowerCase()));
    return [...kept, ...set.flat(), ...add.flat()];
  }, fields);
}

function isDropped(name: string, nominated: ReadonlySet<string> | undefined): boolean {
  if (isHopByHop(name)) return true;
  if (nominated === undefined) return false;
  const lowerName = name.toLowerCase();
  return nominated.has(lowerName) && !endToEnd.has(lowerName);
}

/** Fields that would change how the message before them is read (RFC 9110 §6.5.1). */
const notInTrailers = new Set([...hopByHopNames, ...endToEnd, 'content-encoding', 'content-range', 'trailer', 'set-cookie']);

export function forwardedTrailers(trailers: readonly string[]): string[] {
  return trailers.flatMap((name, index) =>
    index % 2 === 0 && !notInTrailers.has(name.toLowerCase()) ? [name, trailers[index + 1] ?? ''] : [],
  );
}

// Random bytes are drawn for many traces at a time: each draw on its own is a system call.
const traceIdDigits = 48;
let pool = '';
let poolPosition = 0;

/** A new trace, sampled (W3C Trace Context §3.2). */
function newTraceparent(): string {
  if (poolPosition === pool.length) {
    pool = randomBytes((traceIdDigits / 2) * 256).toString('hex');
    poolPosition = 0;
  }
  const start = poolPosition;
  poolPosition += traceIdDigits;
  return `00-${pool.slice(start, start + 32)}-${pool.slice(start + 32, poolPosition)}-01`;
}
