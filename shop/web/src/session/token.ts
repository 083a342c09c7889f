/** What the page reads from its own access token (a JWT, RFC 7519). Nothing is verified here: services do that. */
import { type Decoder, integer, optional, record, text } from '../api/decode.ts';

export interface Claims {
  /** The user's id. */
  sub: string;
  /** Seconds since the epoch. */
  exp: number | undefined;
  name: string | undefined;
}

const claims: Decoder<Claims> = record<Claims>({ sub: text, exp: optional(integer), name: optional(text) });

/** Undefined when the text is no JWT, or one that has expired. */
export function readClaims(token: string | null, nowMs = Date.now()): Claims | undefined {
  try {
    const payload = (token ?? '').split('.')[1] ?? '';
    const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
    const read = claims(JSON.parse(new TextDecoder().decode(bytes)), '');
    return read.exp !== undefined && read.exp * 1000 <= nowMs ? undefined : read;
  } catch {
    return undefined;
  }
}
