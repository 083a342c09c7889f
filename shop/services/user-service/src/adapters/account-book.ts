/**
 * Keeps accounts in PostgreSQL.
 */
import type { Queryable, Row } from '@hikyaku/service';
import type { AccountBook, AccountRecord } from '../application/accounts.ts';
import type { User } from '../domain/user.ts';

export function accountBook(database: Queryable): AccountBook {
  return {
    async add({ id, email, name, passwordHash }, key) {
      const added = await database.one(
        `INSERT INTO users (id, email, email_key, name, password_hash) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (email_key) DO NOTHING RETURNING id`,
        [id, email, key, name, passwordHash],
      );
      return added !== undefined;
    },

    findByKey: (key) => database.one('SELECT id, email, name, password_hash FROM users WHERE email_key = $1', [key], readRecord),

    findById: (id) => database.one('SELECT id, email, name FROM users WHERE id = $1', [id], readUser),
  };
}

function readUser(row: Row): User {
  return { id: String(row.id), email: String(row.email), name: String(row.name) };
}

function readRecord(row: Row): AccountRecord {
  return { ...readUser(row), passwordHash: String(row.password_hash) };
}
