/** Signing in and up. */
import { api } from '../api/index.ts';
import { locale } from '../i18n/locale.ts';
import { startSession } from './session.ts';

export async function signIn(credentials: { email: string; password: string }): Promise<void> {
  const token = await api.signIn(credentials);
  startSession(token.access_token);
}

/** Makes the account, whose mails are in the language of the page, and signs in with it. */
export async function signUp(person: { email: string; password: string; name: string }): Promise<void> {
  await api.signUp({ ...person, locale: locale.value });
  await signIn({ email: person.email, password: person.password });
}
