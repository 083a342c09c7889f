/**
 * People who have an account. Passwords are not here: `adapters/passwords.ts` turns them into hashes, and only those are kept.
 */

export interface User {
  /** UUID. */
  id: string;
  /** As the person wrote it. */
  email: string;
  name: string;
  roles: readonly Role[];
  locale: Locale;
}

/** The language a person is written to in. */
export type Locale = 'ja' | 'en';

/** What an account may do beyond its own affairs. */
export type Role = 'operator';

export const isRole = (text: unknown): text is Role => text === 'operator';

/** Somebody has an account with this address already. */
export class EmailTaken extends Error {
  readonly code = 'email_taken';

  constructor() {
    super('An account with this e-mail address exists already.');
  }
}

/**
 * The form of an address that is compared: without surrounding space, composed, in lower case. RFC 5321 lets the local part be
 * case-sensitive; no mail provider in use makes it so, and people do not remember how they typed it.
 */
export function emailKey(email: string): string {
  return email.trim().normalize('NFKC').toLowerCase();
}
