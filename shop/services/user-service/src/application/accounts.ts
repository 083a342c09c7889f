/**
 * Opening an account, signing in, and changing what is known of a person. Others hear of it by events.
 */
import { randomUUID } from 'node:crypto';
import { emailKey, EmailTaken, type Locale, type Role, type User } from '../domain/user.ts';

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
  /** The account as it is then; undefined when there is none. What is not given stays. */
  change(id: string, change: ProfileChange): Promise<User | undefined>;
}

export interface ProfileChange {
  name?: string | undefined;
  locale?: Locale | undefined;
}

export interface UserEvent {
  type: 'user.registered' | 'user.updated';
  user: User;
}

/** One transaction: the accounts, and the events that go out when, and only when, it commits. */
export interface Unit {
  accounts: AccountBook;
  publish: (event: UserEvent) => Promise<void>;
}

export interface AccountsPorts {
  book: AccountBook;
  passwords: PasswordHashing;
  inTransaction: <T>(work: (unit: Unit) => Promise<T>) => Promise<T>;
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
  /** Default: Japanese. */
  locale?: Locale | undefined;
}

export interface Accounts {
  /** Throws `EmailTaken`. */
  open(account: NewAccount): Promise<User>;
  /** Makes sure that there is such an account, with this password and these roles. */
  ensure(account: NewAccount & { roles: readonly Role[] }): Promise<void>;
  /** Undefined when the address or the password is wrong; which of them cannot be told, also not from the time it takes. */
  signIn(credentials: { email: string; password: string }): Promise<User | undefined>;
  find(id: string): Promise<User | undefined>;
  /** Undefined when there is no such account. */
  change(id: string, change: ProfileChange): Promise<User | undefined>;
}

export function createAccounts({ book, passwords, inTransaction }: AccountsPorts): Accounts {
  return {
    async open({ email, name, password, locale = 'ja' }) {
      const user = { id: randomUUID(), email: email.trim(), name: name.trim(), roles: [], locale };
      const passwordHash = await passwords.hash(password);
      await inTransaction(async ({ accounts, publish }) => {
        if (!(await accounts.add({ ...user, passwordHash }, emailKey(email)))) throw new EmailTaken();
        await publish({ type: 'user.registered', user });
      });
      return user;
    },

    async ensure({ email, name, password, roles }) {
      const existing = await book.findByKey(emailKey(email));
      // Hashing anew at each start would make every start change the account.
      if (existing && hasRoles(existing, roles) && (await passwords.matches(password, existing.passwordHash))) return;
      const passwordHash = await passwords.hash(password);
      const account = { id: randomUUID(), email: email.trim(), name: name.trim(), roles, locale: 'ja' as const, passwordHash };
      await book.put(account, emailKey(email));
    },

    async signIn({ email, password }) {
      const account = await book.findByKey(emailKey(email));
      const matches = await passwords.matches(password, account?.passwordHash ?? passwords.nobodysHash);
      if (account === undefined || !matches) return undefined;
      const { id, name, roles, locale } = account;
      return { id, email: account.email, name, roles, locale };
    },

    find: (id) => book.findById(id),

    change: (id, { name, locale }) =>
      inTransaction(async ({ accounts, publish }) => {
        const user = await accounts.change(id, { name: name?.trim(), locale });
        if (user !== undefined) await publish({ type: 'user.updated', user });
        return user;
      }),
  };
}

const hasRoles = (user: User, roles: readonly Role[]): boolean =>
  roles.length === user.roles.length && roles.every((role) => user.roles.includes(role));
