/**
 * The header fields that change on the way through: what belongs to one connection is dropped, what tells the next hop about this
 * one is added. Order, case and repetition of all others survive.
 */
import type { ExchangeNotes } from '../http/exchange.ts';
import { combinedField, isNamed, nameTest } from '../http/fields.ts';
import type { RequestHead } from '../http/request-head.ts';
import type { ResponseHead } from '../http/response-head.ts';
import type { HeaderChanges } from '../snapshot/route-policies.ts';
import type { LogEntry } from '../telemetry/access-log/entry.ts';
import { valuesOf } from './header-values.ts';
import { newUuid } from '../telemetry/trace/random-ids.ts';
import { isTraceField, newTraceparent, translatedTraceparent } from '../telemetry/trace/trace-context.ts';

/** Connection-specific fields (RFC 9110 §7.6.1), and Expect, which this hop has already answered. */
const hopByHopNames = [
  'connection', 'keep-alive', 'proxy-connection', 'proxy-authenticate', 'proxy-authorization', 'te', 'transfer-encoding', 'upgrade', 'expect',
]; // prettier-ignore

const isHopByHop = nameTest(hopByHopNames);

/** Fields that are for every recipient: naming them in Connection (RFC 9110 §7.6.1 forbids it) must not make them vanish. */
const endToEnd = new Set(['host', 'content-length', 'content-type', 'authorization', 'cookie']);

/** Told anew by the hop that takes a request into the mesh, or not for those outside of it to say. */
const isOriginField = nameTest([
  'x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-client-cert', 'x-envoy-retriable-status-codes',
]); // prettier-ignore

const pseudonym = 'hikyaku';
const [via10, via11, via2] = [`1.0 ${pseudonym}`, `1.1 ${pseudonym}`, `2 ${pseudonym}`];

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
  notes?: ExchangeNotes | undefined;
}

/** The fields to send upstream as a flat list, without those that frame the body or concern the connection. */
export function upstreamFields({ head, authority, origin, notes }: ForwardedRequest): string[] {
  const { fields, nominated } = head;
  const kept = ['Host', authority];
  let hasRequestId = false;
  let hasTrace = false;
  let hasTraceparent = false;
  const hop = notes?.hop;
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const name = fields[index] ?? '';
    if (isNamed(name, 'host') || isDropped(name, nominated) || (origin !== undefined && isOriginField(name))) continue;
    hasRequestId ||= isNamed(name, 'x-request-id');
    if (isTraceField(name)) {
      if (hop !== undefined) continue;
      hasTrace = true;
      hasTraceparent ||= isNamed(name, 'traceparent');
    }
    kept.push(name, fields[index + 1] ?? '');
  }
  if (origin !== undefined) pushOrigin(kept, head, origin);
  if (!hasRequestId) kept.push('X-Request-Id', newRequestId(notes));
  if (hop !== undefined) kept.push(...hop.fields);
  else if (!hasTrace) kept.push('traceparent', newTraceparent());
  else if (!hasTraceparent) kept.push('traceparent', translatedTraceparent(head.fields));
  return kept;
}

function newRequestId(notes: ExchangeNotes | undefined): string {
  const id = newUuid();
  if (notes !== undefined) notes.requestId = id;
  return id;
}

function pushOrigin(
  kept: string[],
  head: RequestHead,
  { address, scheme, authority }: NonNullable<ForwardedRequest['origin']>,
): void {
  const earlier = combinedField(head.fields, 'x-forwarded-for');
  const forwardedFor = earlier === undefined ? address : `${earlier}, ${address}`;
  const via = head.majorVersion === 2 ? via2 : head.minorVersion === 1 ? via11 : via10;
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

/** The fields as a route wants them, one set of changes after the other. `describe` is asked where a value depends on the request. */
export function changedFields(
  fields: readonly string[],
  changes: readonly HeaderChanges[] | undefined,
  describe: () => LogEntry,
): readonly string[] {
  if (changes === undefined) return fields;
  return changes.reduce((current, { remove, set, add }) => {
    const replaced = valuesOf(set, describe);
    const dropped = new Set([...remove, ...replaced.map(([name]) => name.toLowerCase())]);
    const kept = current.filter((_, index) => !dropped.has((current[index - (index % 2)] ?? '').toLowerCase()));
    return [...kept, ...replaced.flat(), ...valuesOf(add, describe).flat()];
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
