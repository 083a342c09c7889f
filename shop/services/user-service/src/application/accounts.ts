/**
 * Opening an account and signing in.
 */
import { randomUUID } from 'node:crypto';
import { emailKey, EmailTaken, type Role, type User } from '../domain/user.ts';

export interface AccountRecord extends User {
  passwordHash: string;
}

/** Where accounts are kept. */
export interface AccountBook {
  /** False, and nothing kept, when the key is taken. */
  add(account: AccountRecord, key: string): Promise<boolean>;
  /** Keeps the account, or gives the one that has the key its roles and password. */
  put(account: AccountRecord, key: string): Promise<void>;
  findByKey(key: string): Promise<AccountRecord | undefined>;
  findById(id: string): Promise<User | undefined>;
}

export interface PasswordHashing {
  hash(password: string): Promise<string>;
  matches(password: string, hash: string): Promise<boolean>;
  /** Matches no password, but takes as long to compare. */
  nobodysHash: string;
}

export interface NewAccount {
  email: string;
  name: string;
  password: string;
}

export interface Accounts {
  /** Throws `EmailTaken`. */
  open(account: NewAccount): Promise<User>;
  /** Makes sure that there is such an account, with this password and these roles. */
  ensure(account: NewAccount & { roles: readonly Role[] }): Promise<void>;
  /** Undefined when the address or the password is wrong; which of them cannot be told, also not from the time it takes. */
  signIn(credentials: { email: string; password: string }): Promise<User | undefined>;
  find(id: string): Promise<User | undefined>;
}

export function createAccounts(book: AccountBook, passwords: PasswordHashing): Accounts {
  return {
    async open({ email, name, password }) {
      const user = { id: randomUUID(), email: email.trim(), name: name.trim(), roles: [] };
      const passwordHash = await passwords.hash(password);
      if (!(await book.add({ ...user, passwordHash }, emailKey(email)))) throw new EmailTaken();
      return user;
    },

    async ensure({ email, name, password, roles }) {
      const existing = await book.findByKey(emailKey(email));
      // Hashing anew at each start would make every start change the account.
      if (existing && hasRoles(existing, roles) && (await passwords.matches(password, existing.passwordHash))) return;
      const passwordHash = await passwords.hash(password);
      await book.put({ id: randomUUID(), email: email.trim(), name: name.trim(), roles, passwordHash }, emailKey(email));
    },

    async signIn({ email, password }) {
      const account = await book.findByKey(emailKey(email));
      const matches = await passwords.matches(password, account?.passwordHash ?? passwords.nobodysHash);
      if (account === undefined || !matches) return undefined;
      return { id: account.id, email: account.email, name: account.name, roles: account.roles };
    },

    find: (id) => book.findById(id),
  };
}

const hasRoles = (user: User, roles: readonly Role[]): boolean =>
  roles.length === user.roles.length && roles.every((role) => user.roles.includes(role));
