/** Signing in, then on to where the person was going. */
import { useState } from 'preact/hooks';
import { ApiError } from '../api/problem.ts';
import { t } from '../i18n/locale.ts';
import { navigate } from '../router/navigation.ts';
import { paths } from '../router/routes.ts';
import { signIn } from '../session/session.ts';
import { Field } from '../ui/field.tsx';
import { ErrorNotice, Notice } from '../ui/notice.tsx';
import { useTitle } from '../ui/page.ts';
import { useSubmit } from '../ui/use-submit.ts';

export function SignInPage({ next }: { next: string }) {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  useTitle(t('account.signIn.title'));
  const { isSending, error, submit } = useSubmit(async () => {
    await signIn({ email, password });
    navigate(next);
  });
  const isWrong = error instanceof ApiError && error.status === 401;
  return (
    <section class="page page-narrow">
      <h1>{t('account.signIn.title')}</h1>
      {next !== '/' && error === undefined && <Notice>{t('account.ended')}</Notice>}
      <form class="form" onSubmit={submit}>
        <Field label={t('account.email')} type="email" autocomplete="username" value={email} onInput={setEmail} />
        <Field
          label={t('account.password')}
          type="password"
          autocomplete="current-password"
          value={password}
          onInput={setPassword}
          error={isWrong ? t('account.wrong') : undefined}
        />
        {error !== undefined && !isWrong && <ErrorNotice error={error} />}
        <button type="submit" class="button button-primary" disabled={isSending}>
          {t('account.signIn.submit')}
        </button>
      </form>
      <p>
        <a href={paths.signUp(next)}>{t('account.toSignUp')}</a>
      </p>
    </section>
  );
}
