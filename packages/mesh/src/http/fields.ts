/**
 * Field lines (RFC 9112 §5): `name: value` each, as flat `[name, value, name, value, …]` lists in the order and case they came.
 * Text is latin1, one character per byte, so that whatever bytes a value has go through unchanged.
 */
import { WireError } from './wire-error.ts';

/** More than any browser or proxy sends, few enough that looking through them stays cheap. */
export const fieldLimit = 128;

// Field lines. The name is a token with the colon right behind it (a space there has been used to smuggle); the value is
// visible characters, spaces and tabs, so no NUL, bare CR or bare LF can be in it.
const fieldLines = /(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*\r\n)*/y;

/** Reads field lines from `position` up to the empty line that ends `text`. */
export function parseFields(text: string, position: number): string[] {
  // All lines are looked at in one go, and then taken apart without looking again: half the time of an expression per line.
  const end = text.length - 2;
  fieldLines.lastIndex = position;
  fieldLines.test(text);
  if (fieldLines.lastIndex !== end) throw whyBadField(text, fieldLines.lastIndex);
  const fields: string[] = [];
  for (let start = position; start < end;) {
    const colon = text.indexOf(':', start);
    const lineEnd = text.indexOf('\r\n', colon);
    const name = text.slice(start, colon);
    fields.push(name, trim(text, colon + 1, lineEnd, name));
    if (fields.length > 2 * fieldLimit) throw new WireError('too_many_fields', `more than ${fieldLimit} header fields`, 431);
    start = lineEnd + 2;
  }
  return fields;
}

function trim(text: string, from: number, to: number, name: string): string {
  let start = from;
  while (start < to && isBlank(text.charCodeAt(start))) start++;
  let end = to;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  const value = text.slice(start, end);
  // Optional whitespace by the RFC; llhttp takes the tab for a part of the coding or of the number.
  if (end < to && framesMessage.test(name) && text.slice(start, to).includes('\t'))
    throw new WireError('bad_field', `a tab behind the value of ${name.toLowerCase()}`);
  return value;
}

function isBlank(character: number): boolean {
  return character === 0x20 || character === 0x09;
}

/** Fields on which two readers must never disagree. */
const framesMessage = /^(?:transfer-encoding|content-length)$/i;

function whyBadField(text: string, position: number): WireError {
  const first = text.charCodeAt(position);
  if (first === 0x20 || first === 0x09) return new WireError('obsolete_folding', 'a header field is continued on a second line');
  const lineEnd = text.indexOf('\r\n', position);
  const line = text.slice(position, lineEnd === -1 ? undefined : lineEnd);
  if (/[\r\n]/.test(line)) return new WireError('bad_line_ending', 'a line ends in a bare CR or LF');
  return new WireError('bad_field', `${JSON.stringify(line.slice(0, 60))} is no header field`);
}

/** The value of the only field of that lower-case name; undefined when there is none, an error when there are several. */
export function singleField(fields: readonly string[], lowerName: string, code: WireError['code']): string | undefined {
  let found: string | undefined;
  for (let index = 0; index < fields.length; index += 2) {
    if (!isNamed(fields[index], lowerName)) continue;
    if (found !== undefined) throw new WireError(code, `more than one ${lowerName} field`);
    found = fields[index + 1];
  }
  return found;
}

/** All values of that lower-case name joined with commas (RFC 9110 §5.2); undefined when there is none. */
export function combinedField(fields: readonly string[], lowerName: string): string | undefined {
  let combined: string | undefined;
  for (let index = 0; index < fields.length; index += 2) {
    if (!isNamed(fields[index], lowerName)) continue;
    const value = fields[index + 1] ?? '';
    combined = combined === undefined ? value : `${combined}, ${value}`;
  }
  return combined;
}

export function hasField(fields: readonly string[], lowerName: string): boolean {
  for (let index = 0; index < fields.length; index += 2) if (isNamed(fields[index], lowerName)) return true;
  return false;
}

/** A test for being one of a few names, in whatever case. Most names are told by their length alone. */
export function nameTest(lowerNames: readonly string[]): (name: string) => boolean {
  const byLength = Map.groupBy(lowerNames, ({ length }) => length);
  const ofLength = Array.from({ length: Math.max(...byLength.keys()) + 1 }, (_, length) => byLength.get(length));
  return (name) => {
    const candidates = ofLength[name.length];
    if (candidates === undefined) return false;
    for (const candidate of candidates) if (isNamed(name, candidate)) return true;
    return false;
  };
}

/** Names are ASCII. No copy in lower case is made: every name is asked for many times on its way. */
export function isNamed(name: string | undefined, lowerName: string): boolean {
  if (name?.length !== lowerName.length) return false;
  for (let index = 0; index < lowerName.length; index++) {
    const character = name.charCodeAt(index);
    const isUpper = character >= 0x41 && character <= 0x5a;
    if ((isUpper ? character + 0x20 : character) !== lowerName.charCodeAt(index)) return false;
  }
  return true;
}

/** The inverse of `parseFields`, without the empty line. */
export function formatFields(fields: readonly string[]): string {
  let text = '';
  for (let index = 0; index + 1 < fields.length; index += 2) text += `${fields[index] ?? ''}: ${fields[index + 1] ?? ''}\r\n`;
  return text;
}

/**
 * A whole head: the start line, the fields and more field lines as they are to be written, the empty line. Joined in one go: added up piece by piece,
 * each piece is an object of its own until the text is written.
 */
export function formatHead(startLine: string, fields: readonly string[], more: readonly string[] = []): string {
  const lines = [startLine];
  for (let index = 0; index + 1 < fields.length; index += 2) lines.push(`${fields[index] ?? ''}: ${fields[index + 1] ?? ''}`);
  if (more.length > 0) lines.push(...more);
  lines.push('\r\n');
  return lines.join('\r\n');
}
