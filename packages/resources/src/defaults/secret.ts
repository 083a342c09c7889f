/** Secrets: stringData is a convenience for writing and is never stored. */
import { fill, optional, type Fields } from './fill.ts';

export function defaultSecret(secret: Fields): void {
  fill(secret, { type: 'Opaque' });
  const plain = optional(secret, 'stringData');
  if (plain === undefined) return;
  const encoded = Object.entries(plain).map(([key, text]) => [key, Buffer.from(String(text), 'utf8').toString('base64')]);
  secret.data = { ...optional(secret, 'data'), ...Object.fromEntries(encoded) };
  delete secret.stringData;
}
