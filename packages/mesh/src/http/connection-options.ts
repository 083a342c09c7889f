/**
 * The Connection field (RFC 9110 §7.6.1): what becomes of the connection after this message, and which fields are for this hop only.
 */
import { combinedField, isNamed } from './fields.ts';

export interface ConnectionOptions {
  /** Whether the sender lets the connection carry another message (RFC 9112 §9.3). */
  isPersistent: boolean;
  /** The protocol offered, in lower case, when the message asks to upgrade. */
  upgrade?: string;
  /** Fields named as hop-by-hop, in lower case; undefined when there are none, which is nearly always. */
  nominated?: ReadonlySet<string>;
}

export function connectionOptions(fields: readonly string[], minorVersion: number): ConnectionOptions {
  const written = combinedField(fields, 'connection');
  if (written === undefined) return { isPersistent: minorVersion === 1 };
  // What nearly everybody says who says anything.
  if (isNamed(written, 'keep-alive')) return { isPersistent: true };
  if (isNamed(written, 'close')) return { isPersistent: false };
  const options = written.split(',').map((option) => option.trim().toLowerCase());
  const isPersistent =
    minorVersion === 1 ? !options.includes('close') : options.includes('keep-alive') && !options.includes('close');
  const upgrade = options.includes('upgrade') ? combinedField(fields, 'upgrade')?.toLowerCase() : undefined;
  const nominated = options.filter(
    (option) => option !== 'close' && option !== 'keep-alive' && option !== 'upgrade' && option !== '',
  );
  return {
    isPersistent,
    ...(upgrade !== undefined && { upgrade }),
    ...(nominated.length > 0 && { nominated: new Set(nominated) }),
  };
}
