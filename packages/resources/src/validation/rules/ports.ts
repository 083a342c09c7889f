/** Port numbers, wherever one may be written. */
import type { Cursor } from '../cursor.ts';
import type { FieldError } from '../field-error.ts';

/** A number outside 1–65535 is a mistake; a name is somebody else's question. */
export function portErrors(port: Cursor): FieldError[] {
  const { number } = port;
  return number === undefined || (number >= 1 && number <= 65_535)
    ? []
    : [port.invalid(`must be a port from 1 to 65535, got ${number}`)];
}
