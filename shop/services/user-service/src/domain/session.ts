/**
 * A session: what begins with signing in and goes on, by refresh tokens, until somebody ends it or nobody uses it. Each refresh token
 * is used once. One that comes a second time was copied, and nobody can tell which of the two is the thief: the session ends
 * (RFC 9700, section 4.14.2). But not at once: the answer with the next token may have been lost, so whoever asks again within the grace
 * is given another one. Of all tokens given out the first that is used ends the others, with the same grace: two who go on with one
 * session are found out at the next refresh.
 *
 *   sign in ─► token 1 ─refresh─► token 2 ──refresh─► token 3 …
 *                 ├─again, soon─► token 2b ─later─► the session is revoked, and token 3 with it
 *                 └─again, later─► the session is revoked
 */

export interface Session {
  /** UUID; the access tokens of the session carry it as `sid`. */
  id: string;
  userId: string;
  userAgent: string;
  createdAt: Date;
  lastUsedAt: Date;
  expiresAt: Date;
}

/** A refresh token as it was found, with its session. */
export interface FoundToken {
  session: Session;
  isRevoked: boolean;
  /** When it, or another in its place, was first used. */
  usedAt: Date | undefined;
}

/**
 * `renew`: the token is good. `repeat`: it was used a moment ago, and may be once more. `revoke`: it was used before, the session ends.
 * `refuse`: it is worth nothing.
 */
export function judge(
  { session, isRevoked, usedAt }: FoundToken,
  now: Date,
  graceMs: number,
): 'renew' | 'repeat' | 'revoke' | 'refuse' {
  if (isRevoked || session.expiresAt <= now) return 'refuse';
  if (usedAt === undefined) return 'renew';
  return now.getTime() - usedAt.getTime() < graceMs ? 'repeat' : 'revoke';
}
