/**
 * The `headers` of a VirtualService's rule or destination, brought into the snapshot's form. What would break the message it is
 * put on is left out with a warning: names that frame the message, and values that are no field values (RFC 9110 §5.5).
 */
import type { HttpRule } from '@hikyaku/resources';
import { compileHeaderValue } from '../telemetry/access-log/format.ts';
import type { HeaderChanges, HeaderOperations, HeaderValue } from './route-policies.ts';

export type WrittenHeaders = NonNullable<HttpRule['headers']>;
type WrittenChanges = NonNullable<WrittenHeaders['request']>;
type Warn = (message: string) => void;

/** Owned by the connection a message travels on (RFC 9110 §7.6.1, RFC 9112 §6). */
const framingNames = new Set([
  'connection', 'content-length', 'expect', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade',
]); // prettier-ignore

const token = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/i;
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/;
/** Envoy fills in `%DOWNSTREAM_REMOTE_ADDRESS%` and the like; `%%` is a percent sign. */
const commandOperator = /%[A-Z_0-9]+(\(.*?\))?(:\d+)?%/;

export function compileHeaderOperations(headers: WrittenHeaders | undefined, warn: Warn): HeaderOperations | undefined {
  const request = compileChanges(headers?.request && { ...headers.request, set: withoutAuthority(headers.request.set) }, warn);
  const response = compileChanges(headers?.response, warn);
  return request === undefined && response === undefined
    ? undefined
    : { ...(request && { request }), ...(response && { response }) };
}

/** Setting Host is Istio's other way to write a rewrite of the authority. */
export function authoritySetBy(headers: WrittenHeaders | undefined): string | undefined {
  return Object.entries(headers?.request?.set ?? {}).find(([name]) => isAuthority(name.toLowerCase()))?.[1];
}

function withoutAuthority(set: Record<string, string> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(set).filter(([name]) => !isAuthority(name.toLowerCase())));
}

function compileChanges(written: WrittenChanges | undefined, warn: Warn): HeaderChanges | undefined {
  if (written === undefined) return undefined;
  const changes: HeaderChanges = {
    remove: (written.remove ?? []).map((name) => name.toLowerCase()).filter((name) => isChangeable(name, warn)),
    set: compileFields(written.set, warn),
    add: compileFields(written.add, warn),
  };
  return Object.values(changes).every((list: unknown[]) => list.length === 0) ? undefined : changes;
}

function compileFields(fields: Record<string, string> | undefined, warn: Warn): [string, HeaderValue][] {
  return Object.entries(fields ?? {}).flatMap(([name, written]): [string, HeaderValue][] => {
    if (!isChangeable(name.toLowerCase(), warn)) return [];
    const value = Buffer.from(written).toString('latin1').trim();
    if (!fieldValue.test(value)) warn(`header ${name}: the value has control characters, the field is left alone`);
    else if (!commandOperator.test(written.replaceAll('%%', ''))) return [[name, value.replaceAll('%%', '%')]];
    else if (isServed(value, (operator) => warn(`header ${name}: ${operator} is not served, the field is left alone`)))
      return [[name, { format: value }]];
    return [];
  });
}

function isServed(format: string, warn: Warn): boolean {
  const unknown: string[] = [];
  compileHeaderValue(format, (operator) => unknown.push(operator));
  for (const operator of new Set(unknown)) warn(operator);
  return unknown.length === 0;
}

function isChangeable(name: string, warn: Warn): boolean {
  const isValid = token.test(name) && !framingNames.has(name) && !isAuthority(name);
  if (!isValid) warn(`header ${name} cannot be changed by a rule`);
  return isValid;
}

function isAuthority(lowerName: string): boolean {
  return lowerName === 'host' || lowerName === ':authority';
}
