/** What the page reads from its own access token (a JWT, RFC 7519). Nothing is verified here: services do that. */
import { type Decoder, optional, record, text } from '../api/decode.ts';

export interface Claims {
  /** The user's id. */
  sub: string;
  name: string | undefined;
}

const claims: Decoder<Claims> = record<Claims>({ sub: text, name: optional(text) });

/** Undefined when the text is no JWT. */
export function readClaims(token: string | undefined): Claims | undefined {
  try {
    const payload = (token ?? '').split('.')[1] ?? '';
    const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
    return claims(JSON.parse(new TextDecoder().decode(bytes)), '');
  } catch {
    return undefined;
  }
}
