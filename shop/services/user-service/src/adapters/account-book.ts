/**
 * Keeps accounts in PostgreSQL.
 */
import type { Queryable, Row } from '@hikyaku/service';
import type { AccountBook, AccountRecord } from '../application/accounts.ts';
import { isRole, type User } from '../domain/user.ts';

export function accountBook(database: Queryable): AccountBook {
  return {
    async add({ id, email, name, locale, passwordHash }, key) {
      const added = await database.one(
        `INSERT INTO users (id, email, email_key, name, locale, password_hash) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (email_key) DO NOTHING RETURNING id`,
        [id, email, key, name, locale, passwordHash],
      );
      return added !== undefined;
    },

    async put({ id, email, name, roles, passwordHash }, key) {
      await database.query(
        `INSERT INTO users (id, email, email_key, name, roles, password_hash) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (email_key) DO UPDATE SET roles = EXCLUDED.roles, password_hash = EXCLUDED.password_hash`,
        [id, email, key, name, roles, passwordHash],
      );
    },

    findByKey: (key) =>
      database.one('SELECT id, email, name, roles, locale, password_hash FROM users WHERE email_key = $1', [key], readRecord),

    change: (id, { name, locale }) =>
      database.one(
        `UPDATE users SET name = coalesce($2, name), locale = coalesce($3, locale) WHERE id = $1
         RETURNING id, email, name, roles, locale`,
        [id, name ?? null, locale ?? null],
        readUser,
      ),

    findById: (id) => database.one('SELECT id, email, name, roles, locale FROM users WHERE id = $1', [id], readUser),
  };
}

/** Those of the ids that are users', in any order. */
export function knownUsers(database: Queryable, ids: readonly string[]): Promise<string[]> {
  return database.query('SELECT id FROM users WHERE id = ANY ($1)', [ids], ({ id }) => String(id));
}

function readUser(row: Row): User {
  const roles = Array.isArray(row.roles) ? row.roles.filter(isRole) : [];
  const locale = row.locale === 'en' ? 'en' : 'ja';
  return { id: String(row.id), email: String(row.email), name: String(row.name), roles, locale };
}

function readRecord(row: Row): AccountRecord {
  return { ...readUser(row), passwordHash: String(row.password_hash) };
}
