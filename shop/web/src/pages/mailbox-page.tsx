/** The mails the shop sent to whoever is signed in. In this demonstration no mail leaves the shop; here they can be read. */
import { api } from '../api/index.ts';
import type { Mail } from '../api/mail.ts';
import { formatDateTime } from '../i18n/format.ts';
import { locale, t } from '../i18n/locale.ts';
import { paths } from '../router/routes.ts';
import { claims } from '../session/session.ts';
import { ErrorNotice, Loading } from '../ui/notice.tsx';
import { useTitle } from '../ui/page.ts';
import { RequireSignIn } from '../ui/require-sign-in.tsx';
import { useLoad } from '../ui/use-load.ts';

/** `orderId`: only what was written about that order; empty for everything. */
export function MailboxPage({ orderId }: { orderId: string }) {
  useTitle(t('mailbox.title'));
  return (
    <RequireSignIn>
      <section class="page page-medium">
        <Mailbox key={claims.value?.sub} orderId={orderId} />
      </section>
    </RequireSignIn>
  );
}

function Mailbox({ orderId }: { orderId: string }) {
  const { value, error, isLoading, reload } = useLoad('', (signal) => api.mails(signal));
  const mails = value?.filter((mail) => orderId === '' || mail.orderId === orderId);
  return (
    <>
      <header class="mailbox-head">
        <h1>{t('mailbox.title')}</h1>
        <button type="button" class="button" aria-disabled={isLoading} onClick={reload}>
          {t('mailbox.reload')}
        </button>
      </header>
      <p>
        {t('mailbox.about')} {orderId !== '' && <a href={paths.mailbox()}>{t('mailbox.all')}</a>}
      </p>
      {error !== undefined && <ErrorNotice error={error} onRetry={reload} />}
      {mails === undefined && isLoading && <Loading />}
      {mails?.length === 0 && <p class="empty">{t('mailbox.empty')}</p>}
      <ul class="mails" aria-label={t('mailbox.title')} aria-busy={isLoading}>
        {mails?.map((mail, index) => (
          <li key={mail.id}>
            <Letter mail={mail} isOpen={index === 0} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Letter({ mail: { to, subject, text, orderId, createdAt }, isOpen }: { mail: Mail; isOpen: boolean }) {
  return (
    <details class="mail" open={isOpen}>
      <summary>
        <span class="mail-subject">{subject}</span>
        <time dateTime={createdAt}>{formatDateTime(locale.value, createdAt)}</time>
      </summary>
      <p class="mail-to">{t('mailbox.to', { to })}</p>
      <p class="mail-text">{text.trimEnd()}</p>
      {orderId !== undefined && (
        <p class="mail-order">
          <a href={paths.order(orderId)}>{t('mailbox.order')}</a>
        </p>
      )}
    </details>
  );
}
