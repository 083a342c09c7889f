/**
 * Beginning, renewing and ending sessions.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { type FoundToken, judge, type Session } from '../domain/session.ts';

/** Where sessions are kept, within one transaction. Tokens are only known to it by their hash. */
export interface SessionBook {
  add(session: Session, tokenHash: Buffer): Promise<void>;
  /** Locks the session to the end of the transaction. */
  findByToken(tokenHash: Buffer): Promise<FoundToken | undefined>;
  /** Keeps the times of the session and its next token. */
  renew(session: Session, nextHash: Buffer): Promise<void>;
  /** Notes all tokens of the session that are not used yet as used. */
  noteUsed(session: Session): Promise<void>;
  /** False when the user has no such session that is open. */
  revoke(userId: string, sessionId: string): Promise<boolean>;
}

export interface SessionsPorts {
  inTransaction: <T>(work: (book: SessionBook) => Promise<T>) => Promise<T>;
  /** Open ones, the newest first. */
  listOpen: (userId: string) => Promise<Session[]>;
  /** From the last use on. */
  lifetimeMs: number;
  /** How long a refresh token may be used again after its first use. */
  graceMs: number;
}

export interface OpenSession {
  session: Session;
  /** Given out here and kept nowhere. */
  refreshToken: string;
}

export interface Sessions {
  begin(userId: string, userAgent: string): Promise<OpenSession>;
  /** Undefined when the token is worth nothing; if it was used before, longer ago than the grace, its session has been ended. */
  refresh(refreshToken: string): Promise<OpenSession | undefined>;
  /** Ends the session of the token, if there is one. */
  end(refreshToken: string): Promise<void>;
  list(userId: string): Promise<Session[]>;
  revoke(userId: string, sessionId: string): Promise<boolean>;
}

export function createSessions({ inTransaction, listOpen, lifetimeMs, graceMs }: SessionsPorts): Sessions {
  const expiry = () => new Date(Date.now() + lifetimeMs);

  return {
    async begin(userId, userAgent) {
      const now = new Date();
      const session = { id: randomUUID(), userId, userAgent, createdAt: now, lastUsedAt: now, expiresAt: expiry() };
      const refreshToken = newToken();
      await inTransaction((book) => book.add(session, hashOf(refreshToken)));
      return { session, refreshToken };
    },

    refresh: (refreshToken) =>
      inTransaction(async (book) => {
        const found = await book.findByToken(hashOf(refreshToken));
        if (found === undefined) return undefined;
        const verdict = judge(found, new Date(), graceMs);
        // Returned, not thrown: the revocation must be committed.
        if (verdict === 'revoke') await book.revoke(found.session.userId, found.session.id);
        if (verdict === 'revoke' || verdict === 'refuse') return undefined;
        const session = { ...found.session, lastUsedAt: new Date(), expiresAt: expiry() };
        if (verdict === 'renew') await book.noteUsed(session);
        const next = newToken();
        await book.renew(session, hashOf(next));
        return { session, refreshToken: next };
      }),

    end: (refreshToken) =>
      inTransaction(async (book) => {
        const found = await book.findByToken(hashOf(refreshToken));
        if (found) await book.revoke(found.session.userId, found.session.id);
      }),

    list: listOpen,
    revoke: (userId, sessionId) => inTransaction((book) => book.revoke(userId, sessionId)),
  };
}

/** 256 random bits. */
function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** A fast hash is enough: nobody can try all random tokens, as they could passwords. */
function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
