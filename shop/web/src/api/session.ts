/** Signing in, staying signed in, and signing out: the calls that give tokens and so carry none. */
import { integer, nothing, record, text } from './decode.ts';
import type { Http } from './http.ts';

export interface Token {
  access_token: string;
  /** Seconds. */
  expires_in: number;
  /** Good for one refreshment, which gives the next. */
  refresh_token: string;
}

const token = record<Token>({ access_token: text, expires_in: integer, refresh_token: text });

export function createSessionApi(http: Http) {
  const post = (path: string, body: object) => http(path, { method: 'POST', body, decode: token });
  return {
    signIn: (credentials: { email: string; password: string }) => post('/api/auth/token', credentials),

    /** 401 when the session is over. */
    refresh: (refreshToken: string) => post('/api/auth/refresh', { refresh_token: refreshToken }),

    /** Ends the session wherever it is used. */
    signOut: (refreshToken: string) =>
      http('/api/auth/logout', { method: 'POST', body: { refresh_token: refreshToken }, decode: nothing }),
  };
}
