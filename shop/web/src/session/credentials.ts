/**
 * The token that calls carry, renewed before it ends, so that nobody is signed out while shopping. A refresh token is good for one use
 * and gives the next; used twice it ends the session, for it might have been stolen. So of all tabs one renews at a time, and the others
 * take what it got. Knows no browser: storage, lock and clock are given.
 *
 *   call ─► token about to end? ─► renew, one at a time ─► call with the new one
 *     └──── 401 ─────────────────────┘       └─ refused ─► signed out
 */
import type { Credentials } from '../api/http.ts';
import { ApiError } from '../api/problem.ts';

export interface Session {
  /** A JWT. */
  accessToken: string;
  refreshToken: string;
  /** Of the access token, by the clock of this browser. */
  expiresAtMs: number;
}

export interface CredentialsPorts {
  /** What all tabs know at this moment; undefined when nobody is signed in. */
  current: () => Session | undefined;
  keep: (session: Session) => void;
  /** The session is over: nobody is signed in. */
  end: () => void;
  /** Rejects with an ApiError; 401 says that the session is over. */
  refresh: (refreshToken: string) => Promise<Session>;
  /** One at a time, in all tabs. */
  exclusively: <T>(work: () => Promise<T>) => Promise<T>;
  nowMs: () => number;
}

/** Renewed so long before its end, for a call takes time. */
const marginMs = 30_000;

export function createCredentials(ports: CredentialsPorts): Credentials {
  let renewal: Promise<string | undefined> | undefined;
  const replace = (old: string) => (renewal ??= ports.exclusively(() => renew(ports, old)).finally(() => (renewal = undefined)));

  return {
    replace,
    async token() {
      const session = ports.current();
      if (session === undefined) return undefined;
      const leftMs = session.expiresAtMs - ports.nowMs();
      if (leftMs > marginMs) return session.accessToken;
      return replace(session.accessToken).catch((error: unknown) => {
        if (leftMs > 0) return session.accessToken;
        throw error;
      });
    },
  };
}

async function renew(ports: CredentialsPorts, old: string): Promise<string | undefined> {
  const session = ports.current();
  // Another tab was first.
  if (session?.accessToken !== old) return session?.accessToken;
  try {
    const next = await ports.refresh(session.refreshToken);
    // Who signed out meanwhile stays signed out.
    if (ports.current()?.refreshToken !== session.refreshToken) return undefined;
    ports.keep(next);
    return next.accessToken;
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
    ports.end();
    return undefined;
  }
}
