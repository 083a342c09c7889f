/** Who is signed in at the mock shop, as user-service keeps it: a refresh token is good for one use, and used twice it ends the session. */
import { randomUUID } from 'node:crypto';
import { type MockAnswer, ok, problem } from './answer.ts';

export interface Refresh {
  refresh_token: string;
}

interface Session {
  person: { id: string; name: string };
  /** The refresh token that is good. */
  good: string;
  used: Set<string>;
  isOver: boolean;
}

export class MockSessions {
  /** Access tokens live so long; may be changed in the middle. */
  lifetimeSeconds = 3600;
  readonly #sessions: Session[] = [];

  begin(person: Session['person']): MockAnswer {
    const session = { person, good: randomUUID(), used: new Set<string>(), isOver: false };
    this.#sessions.push(session);
    return this.#answer(session);
  }

  refresh(token: string): MockAnswer {
    const session = this.#sessions.find(({ good, used }) => good === token || used.has(token));
    if (session === undefined || session.isOver || session.used.has(token)) {
      if (session) session.isOver = true;
      return problem(401, 'The session has ended. Sign in again.', 'urn:shop:problem:session_ended');
    }
    session.used.add(token);
    session.good = randomUUID();
    return this.#answer(session);
  }

  end(token: string): MockAnswer {
    for (const session of this.#sessions) if (session.good === token || session.used.has(token)) session.isOver = true;
    return { status: 204, body: undefined };
  }

  endAll(): void {
    for (const session of this.#sessions) session.isOver = true;
  }

  /** How many nobody has ended. */
  get open(): number {
    return this.#sessions.filter(({ isOver }) => !isOver).length;
  }

  #answer({ person: { id, name }, good }: Session): MockAnswer {
    const claims = { sub: id, name, exp: Math.floor(Date.now() / 1000) + this.lifetimeSeconds };
    const token = `mock.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.mock`;
    return ok({ access_token: token, token_type: 'Bearer', expires_in: this.lifetimeSeconds, refresh_token: good });
  }
}

/** The person's id; undefined for no token, and for one that has expired. */
export function whoseToken(authorization = ''): string | undefined {
  const payload = Buffer.from(authorization.split('.')[1] ?? '', 'base64url').toString();
  if (payload === '') return undefined;
  const { sub, exp } = JSON.parse(payload) as { sub: string; exp: number };
  return exp * 1000 > Date.now() ? sub : undefined;
}
