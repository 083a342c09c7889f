/** Making an account, then on to where the person was going. */
import { useState } from 'preact/hooks';
import { ApiError } from '../api/problem.ts';
import { explainField } from '../i18n/explain.ts';
import { locale, t } from '../i18n/locale.ts';
import { navigate } from '../router/navigation.ts';
import { paths } from '../router/routes.ts';
import { signUp } from '../session/sign-up.ts';
import { Field } from '../ui/field.tsx';
import { ErrorNotice } from '../ui/notice.tsx';
import { useTitle } from '../ui/page.ts';
import { useSubmit } from '../ui/use-submit.ts';

export function SignUpPage({ next }: { next: string }) {
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  useTitle(t('account.signUp.title'));
  const { isSending, error, submit } = useSubmit(async () => {
    await signUp({ name, email, password });
    navigate(next);
  });
  const isTaken = error instanceof ApiError && error.status === 409;
  const isExplained =
    isTaken || ['/name', '/email', '/password'].some((pointer) => explainField(locale.value, error, pointer) !== undefined);
  return (
    <section class="page page-narrow">
      <h1>{t('account.signUp.title')}</h1>
      <form class="form" onSubmit={submit}>
        <Field
          label={t('account.name')}
          autocomplete="name"
          value={name}
          onInput={setName}
          error={explainField(locale.value, error, '/name')}
        />
        <Field
          label={t('account.email')}
          type="email"
          autocomplete="username"
          value={email}
          onInput={setEmail}
          error={isTaken ? t('account.taken') : explainField(locale.value, error, '/email')}
        />
        <Field
          label={t('account.password')}
          type="password"
          autocomplete="new-password"
          minLength={8}
          hint={t('account.password.hint')}
          value={password}
          onInput={setPassword}
          error={explainField(locale.value, error, '/password')}
        />
        {error !== undefined && !isExplained && <ErrorNotice error={error} />}
        <button type="submit" class="button button-primary" disabled={isSending}>
          {t('account.signUp.submit')}
        </button>
      </form>
      <p>
        <a href={paths.signIn(next)}>{t('account.toSignIn')}</a>
      </p>
    </section>
  );
}
