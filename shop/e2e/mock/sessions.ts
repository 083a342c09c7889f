/**
 * Who is signed in at the mock shop, as user-service keeps it: a refresh token is good for one use, for a moment also for another one, and
 * used again later it ends the session.
 */
import { randomUUID } from 'node:crypto';
import { type MockAnswer, ok, problem } from './answer.ts';

export interface Refresh {
  refresh_token: string;
}

interface Session {
  person: { id: string; name: string };
  /** Its refresh tokens, and when each was used up, in ms since 1970. */
  tokens: Map<string, number | undefined>;
  isOver: boolean;
}

const graceMs = 30_000;

export class MockSessions {
  /** Access tokens live so long; may be changed in the middle. */
  lifetimeSeconds = 3600;
  readonly #sessions: Session[] = [];

  begin(person: Session['person']): MockAnswer {
    const session: Session = { person, tokens: new Map(), isOver: false };
    this.#sessions.push(session);
    return this.#answer(session);
  }

  refresh(token: string): MockAnswer {
    const session = this.#sessions.find(({ tokens }) => tokens.has(token));
    const usedMs = session?.tokens.get(token) ?? Date.now();
    if (session === undefined || session.isOver || Date.now() - usedMs >= graceMs) {
      if (session) session.isOver = true;
      return problem(401, 'The session has ended. Sign in again.', 'urn:shop:problem:session_ended');
    }
    for (const [known, sinceMs] of session.tokens) session.tokens.set(known, sinceMs ?? usedMs);
    return this.#answer(session);
  }

  end(token: string): MockAnswer {
    for (const session of this.#sessions) if (session.tokens.has(token)) session.isOver = true;
    return { status: 204, body: undefined };
  }

  endAll(): void {
    for (const session of this.#sessions) session.isOver = true;
  }

  /** How many nobody has ended. */
  get open(): number {
    return this.#sessions.filter(({ isOver }) => !isOver).length;
  }

  #answer({ person: { id, name }, tokens }: Session): MockAnswer {
    const next = randomUUID();
    tokens.set(next, undefined);
    const claims = { sub: id, name, exp: Math.floor(Date.now() / 1000) + this.lifetimeSeconds };
    const token = `mock.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.mock`;
    return ok({ access_token: token, token_type: 'Bearer', expires_in: this.lifetimeSeconds, refresh_token: next });
  }
}

/** The person's id; undefined for no token, and for one that has expired. */
export function whoseToken(authorization = ''): string | undefined {
  const payload = Buffer.from(authorization.split('.')[1] ?? '', 'base64url').toString();
  if (payload === '') return undefined;
  const { sub, exp } = JSON.parse(payload) as { sub: string; exp: number };
  return exp * 1000 > Date.now() ? sub : undefined;
}
