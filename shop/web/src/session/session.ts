/**
 * Who is signed in, in this browser. The session lives in localStorage, where all tabs share it: its refresh token must not be used by
 * two of them. What can read it is this page alone, which runs nothing but its own scripts (server/security-headers.ts).
 */
import { computed, signal } from '@preact/signals';
import { type Decoder, integer, record, text } from '../api/decode.ts';
import { createHttp } from '../api/http.ts';
import { createSessionApi, type Token } from '../api/session.ts';
import { createCredentials, type Session } from './credentials.ts';
import { readClaims } from './token.ts';

const storageKey = 'hikyaku.session';
const storedSession: Decoder<Session> = record<Session>({ accessToken: text, refreshToken: text, expiresAtMs: integer });
const session = signal(stored());
const api = createSessionApi(createHttp());

export const claims = computed(() => readClaims(session.value?.accessToken));
export const isSignedIn = computed(() => claims.value !== undefined);

// Somebody signed in or out, or renewed the token, in another tab.
addEventListener('storage', (event) => {
  if (event.key === storageKey || event.key === null) session.value = stored();
});

export const credentials = createCredentials({
  current: stored,
  keep,
  end: forget,
  refresh: async (refreshToken) => sessionOf(await api.refresh(refreshToken)),
  // Only pages of a secure origin have locks: https, or this machine.
  exclusively: (work) => ('locks' in navigator ? navigator.locks.request(storageKey, work) : work()),
  nowMs: Date.now,
});

/** Rejects with an ApiError; 401 says that the address or the password is wrong. */
export async function signIn(person: { email: string; password: string }): Promise<void> {
  keep(sessionOf(await api.signIn(person)));
}

/** At once in this browser; the shop ends the session as soon as it hears of it. */
export function signOut(): void {
  const refreshToken = stored()?.refreshToken;
  forget();
  // Not heard: the session ends by itself when nobody uses it.
  if (refreshToken !== undefined) api.signOut(refreshToken).catch(() => undefined);
}

function sessionOf({ access_token: accessToken, refresh_token: refreshToken, expires_in: expiresInSeconds }: Token): Session {
  return { accessToken, refreshToken, expiresAtMs: Date.now() + expiresInSeconds * 1000 };
}

function keep(next: Session): void {
  localStorage.setItem(storageKey, JSON.stringify(next));
  session.value = next;
}

function forget(): void {
  localStorage.removeItem(storageKey);
  session.value = undefined;
}

/** Asked for anew each time: another tab may have changed it this moment. */
function stored(): Session | undefined {
  try {
    return storedSession(JSON.parse(localStorage.getItem(storageKey) ?? ''), '');
  } catch {
    return undefined;
  }
}
