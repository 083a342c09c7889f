/** Making an account, whose mails are in the language of the page, and signing in with it. */
import { api } from '../api/index.ts';
import { locale } from '../i18n/locale.ts';
import { signIn } from './session.ts';

/** Rejects with an ApiError. */
export async function signUp(person: { email: string; password: string; name: string }): Promise<void> {
  await api.signUp({ ...person, locale: locale.value });
  await signIn({ email: person.email, password: person.password });
}
