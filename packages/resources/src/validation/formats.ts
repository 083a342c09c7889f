/** The formats that schemas name, checked: each answers what is wrong, as the end of a sentence that began with the field's path. */
import { parseDurationMs, parseQuantity } from '../quantities.ts';

type Check = (value: unknown) => string | undefined;

const checks: Record<string, Check> = {
  quantity: attempt((value) => {
    if (typeof value !== 'string' && typeof value !== 'number')
      throw new SyntaxError('a quantity is text or a number, like 128Mi or 2');
    parseQuantity(value);
  }),
  duration: attempt((value) => {
    if (parseDurationMs(String(value)) < 1) throw new SyntaxError('a duration must be 1ms or longer');
  }),
  'int-or-string': (value) =>
    typeof value === 'string' || Number.isInteger(value) ? undefined : 'must be a whole number or a string',
  int32: range(-(2 ** 31), 2 ** 31 - 1),
  uint32: range(0, 2 ** 32 - 1),
  int64: range(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  byte: (value) => (isBase64(String(value)) ? undefined : 'must be base64; plain text belongs in stringData'),
  'date-time': (value) => (Number.isNaN(Date.parse(String(value))) ? 'must be a time like 2026-01-31T12:00:00Z' : undefined),
};

/** Undefined when the value is well formed, or the format is not one that is checked. */
export function formatError(format: string, value: unknown): string | undefined {
  return checks[format]?.(value);
}

function attempt(parse: (value: unknown) => void): Check {
  return (value) => {
    try {
      parse(value);
      return undefined;
    } catch (error) {
      if (error instanceof SyntaxError) return `is not valid: ${error.message}`;
      throw error;
    }
  };
}

function range(low: number, high: number): Check {
  return (value) =>
    typeof value === 'number' && (value < low || value > high) ? `must be between ${low} and ${high}, got ${value}` : undefined;
}

function isBase64(text: string): boolean {
  const compact = text.replace(/\s/g, '');
  return compact.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(compact);
}
