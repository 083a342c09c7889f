/** A short name for a Pod template: equal templates, equal names. It becomes part of object names and label values. */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../json.ts';

const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** Ten characters of Kubernetes' name alphabet: more than 47 bits, so two templates of one workload do not meet by chance. */
export function templateHash(template: unknown): string {
  const digest = createHash('sha256').update(canonicalJson(template)).digest();
  return Array.from(digest.subarray(0, 10), (byte) => alphabet[byte % alphabet.length]).join('');
}
