/**
 * A format compiled: an entry in, a line out, with its line feed.
 */
import type { AccessLogFields, AccessLogFormat } from '../../snapshot/telemetry-settings.ts';
import type { LogEntry } from './entry.ts';
import { asTheyAre, compileOperator, redacted } from './operators.ts';
import type { FieldView, LogValue, Operator } from './operators.ts';

export type Formatter = (entry: LogEntry) => string;

/** `warn` is told of each operator that is not served; it is `-` in every line. */
export function compileFormat(format: AccessLogFormat, warn: (message: string) => void): Formatter {
  if (format.kind === 'json') {
    const fields = compileFields(format.fields, warn);
    return (entry) => `${JSON.stringify(fields(entry))}\n`;
  }
  const text = format.text.endsWith('\n') ? format.text : `${format.text}\n`;
  const parts = compileParts(text, warn);
  return (entry) => joined(parts, entry);
}

type Fields = (entry: LogEntry) => Record<string, unknown>;

function compileFields(fields: AccessLogFields, warn: (message: string) => void): Fields {
  const compiled = Object.entries(fields).map(([name, field]) => {
    return [name, typeof field === 'string' ? compileValue(field, warn) : compileFields(field, warn)] as const;
  });
  return (entry) => Object.fromEntries(compiled.map(([name, value]) => [name, value(entry) ?? null]));
}

/** An operator alone keeps its type; among other text it becomes text. */
function compileValue(text: string, warn: (message: string) => void): Operator {
  const parts = compileParts(text, warn);
  const [only] = parts;
  if (parts.length === 1 && typeof only === 'function') {
    return (entry) => {
      const value = only(entry);
      return typeof value === 'string' ? fromLatin1(value) : value;
    };
  }
  return (entry) => joined(parts, entry);
}

type Part = string | Operator;

function compileParts(text: string, warn: (message: string) => void): Part[] {
  return partsOf(text, redacted, (piece) => warn(`the access log operator ${piece} is not served: it is - in every line`));
}

function partsOf(text: string, view: FieldView, onUnknown: (piece: string) => void): Part[] {
  return text.split(/(%%|%[A-Z_]+(?:\([^)]*\))?(?::\d+)?%)/).flatMap((piece): Part[] => {
    if (piece === '') return [];
    if (piece === '%%') return ['%'];
    if (!piece.startsWith('%') || piece.length < 3) return [piece];
    const operator = compileOperator(piece.slice(1, -1), view);
    if (operator === undefined) onUnknown(piece);
    return [operator ?? (() => undefined)];
  });
}

/**
 * The value of a header field by the same operators: what is not known is empty, and nothing is blotted out. `onUnknown` is told of each operator
 * that is not served. One character per byte, like the fields themselves.
 */
export function compileHeaderValue(text: string, onUnknown: (operator: string) => void): (entry: LogEntry) => string {
  const parts = partsOf(text, asTheyAre, onUnknown);
  return (entry) => parts.map((part) => (typeof part === 'string' ? part : (part(entry) ?? ''))).join('');
}

function joined(parts: readonly Part[], entry: LogEntry): string {
  return parts.map((part) => (typeof part === 'string' ? part : shown(part(entry)))).join('');
}

function shown(value: LogValue): string {
  return value === undefined || value === '' ? '-' : fromLatin1(String(value));
}

/** Field values are read one character per byte; nearly all are UTF-8 if they are not ASCII. */
function fromLatin1(value: string): string {
  return /[\x80-\xff]/.test(value) && !/[^\x00-\xff]/.test(value) ? Buffer.from(value, 'latin1').toString() : value;
}
