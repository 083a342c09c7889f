/**
 * A session: what begins with signing in and goes on, by refresh tokens, until somebody ends it or nobody uses it. Each refresh token
 * is used once. One that comes a second time was copied, and nobody can tell which of the two is the thief: the session ends
 * (RFC 9700, section 4.14.2).
 *
 *   sign in ─► token 1 ─refresh─► token 2 ─refresh─► token 3 …
 *                 └─again─► the session is revoked, and token 3 with it
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
  isUsed: boolean;
}

/** `renew`: the token is good. `revoke`: it was used before, the session ends. `refuse`: it is worth nothing. */
export function judge({ session, isRevoked, isUsed }: FoundToken, now: Date): 'renew' | 'revoke' | 'refuse' {
  if (isRevoked || session.expiresAt <= now) return 'refuse';
  return isUsed ? 'revoke' : 'renew';
}
