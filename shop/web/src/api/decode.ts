/**
 * Decoders: turn what came over the wire into typed values, or say in which place it was not what was agreed.
 * Just enough for the shop's API; a schema library would weigh more than the rest of the page.
 */

/** Reads a value found at `path` (a JSON pointer). Throws a DecodeError that names the place when it does not fit. */
export type Decoder<T> = (value: unknown, path: string) => T;

export class DecodeError extends Error {
  override readonly name = 'DecodeError';
}

/** Throws a DecodeError, or a SyntaxError. */
export const decodeJson = <T>(decoder: Decoder<T>, json: string): T => decoder(JSON.parse(json), '');

export const text: Decoder<string> = (value, path) => (typeof value === 'string' ? value : fail('a string', value, path));

export const integer: Decoder<number> = (value, path) =>
  Number.isInteger(value) ? Number(value) : fail('an integer', value, path);

export const truth: Decoder<boolean> = (value, path) => (typeof value === 'boolean' ? value : fail('true or false', value, path));

/** Of an answer that has no body (204). */
export const nothing: Decoder<undefined> = () => undefined;

export function list<T>(item: Decoder<T>): Decoder<T[]> {
  return (value, path) =>
    Array.isArray(value)
      ? value.map((element: unknown, index) => item(element, `${path}/${index}`))
      : fail('an array', value, path);
}

/** Absent and null both decode to undefined. */
export function optional<T>(decoder: Decoder<T>): Decoder<T | undefined> {
  return (value, path) => (value === undefined || value === null ? undefined : decoder(value, path));
}

export function oneOf<const T extends string>(...allowed: T[]): Decoder<T> {
  return (value, path) => allowed.find((candidate) => candidate === value) ?? fail(allowed.join(' | '), value, path);
}

/** Fields that are not named are dropped. */
export function record<T extends object>(fields: { [K in keyof T]-?: Decoder<T[K]> }): Decoder<T> {
  return (value, path) => {
    if (!isObject(value)) return fail('an object', value, path);
    const decoded: Partial<T> = {};
    for (const key in fields) decoded[key] = fields[key](value[key], `${path}/${key}`);
    return decoded as T;
  };
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fail(expected: string, value: unknown, path: string): never {
  const found = value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value;
  throw new DecodeError(`${path || '/'}: expected ${expected}, found ${found}`);
}
