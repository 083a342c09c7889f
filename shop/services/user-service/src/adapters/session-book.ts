/**
 * Sessions in PostgreSQL.
 */
import type { Queryable, Row, Transaction } from '@hikyaku/service';
import type { SessionBook } from '../application/sessions.ts';
import type { Session } from '../domain/session.ts';

const columns = 's.id, s.user_id, s.user_agent, s.created_at, s.last_used_at, s.expires_at';

export function sessionBook(tx: Transaction): SessionBook {
  return {
    async add({ id, userId, userAgent, createdAt, expiresAt }, tokenHash) {
      await tx.query(
        `WITH session AS (
           INSERT INTO sessions (id, user_id, user_agent, created_at, last_used_at, expires_at) VALUES ($1, $2, $3, $4, $4, $5)
         )
         INSERT INTO refresh_tokens (hash, session_id) VALUES ($6, $1)`,
        [id, userId, userAgent, createdAt, expiresAt, tokenHash],
      );
    },

    async findByToken(tokenHash) {
      // Locked first and read after: a statement does not see what the one it waited for has written to other rows.
      await tx.query('SELECT 1 FROM sessions WHERE id = (SELECT session_id FROM refresh_tokens WHERE hash = $1) FOR UPDATE', [
        tokenHash,
      ]);
      return tx.one(
        `SELECT ${columns}, s.revoked_at, t.used_at FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id WHERE t.hash = $1`,
        [tokenHash],
        (row) => ({
          session: readSession(row),
          isRevoked: row.revoked_at !== null,
          usedAt: row.used_at === null ? undefined : readDate(row.used_at),
        }),
      );
    },

    async renew({ id, lastUsedAt, expiresAt }, nextHash) {
      await tx.query(
        `WITH session AS (UPDATE sessions SET last_used_at = $2, expires_at = $3 WHERE id = $1)
         INSERT INTO refresh_tokens (hash, session_id) VALUES ($4, $1)`,
        [id, lastUsedAt, expiresAt, nextHash],
      );
    },

    async noteUsed({ id, lastUsedAt }) {
      await tx.query('UPDATE refresh_tokens SET used_at = $2 WHERE session_id = $1 AND used_at IS NULL', [id, lastUsedAt]);
    },

    async revoke(userId, sessionId) {
      const revoked = await tx.one(
        `UPDATE sessions SET revoked_at = now() WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL AND expires_at > now()
         RETURNING id`,
        [sessionId, userId],
      );
      return revoked !== undefined;
    },
  };
}

/** Open sessions, the newest first. */
export function openSessions(database: Queryable, userId: string): Promise<Session[]> {
  return database.query(
    `SELECT ${columns} FROM sessions s WHERE s.user_id = $1 AND s.revoked_at IS NULL AND s.expires_at > now()
      ORDER BY s.created_at DESC LIMIT 100`,
    [userId],
    readSession,
  );
}

/** Sessions that have been over for a day; their tokens go with them. */
export async function forgetEndedSessions(database: Queryable): Promise<void> {
  await database.query(`DELETE FROM sessions WHERE expires_at < now() - interval '1 day'`);
}

function readSession(row: Row): Session {
  return {
    id: String(row.id),
    userId: String(row.user_id),
    userAgent: String(row.user_agent),
    createdAt: readDate(row.created_at),
    lastUsedAt: readDate(row.last_used_at),
    expiresAt: readDate(row.expires_at),
  };
}

function readDate(value: unknown): Date {
  if (value instanceof Date) return value;
  throw new TypeError('The database has a session without its times.');
}
