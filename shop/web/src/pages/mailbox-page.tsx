/** The mails the shop sent to whoever is signed in; new ones come by themselves. In this demonstration no mail leaves the shop; here they can be read. */
import { useEffect, useRef } from 'preact/hooks';
import { api } from '../api/index.ts';
import type { Mail } from '../api/mail.ts';
import { formatDateTime } from '../i18n/format.ts';
import { locale, t } from '../i18n/locale.ts';
import { paths } from '../router/routes.ts';
import { claims } from '../session/session.ts';
import { AccountPage } from '../ui/account-page.tsx';
import { Empty } from '../ui/empty.tsx';
import { ErrorNotice, Loading, Notice } from '../ui/notice.tsx';
import { announce } from '../ui/page.ts';
import { useLive } from '../ui/use-live.ts';

/** `orderId`: only what was written about that order; empty for everything. */
export function MailboxPage({ orderId }: { orderId: string }) {
  return (
    <AccountPage current="mailbox">
      <Mailbox key={claims.value?.sub} orderId={orderId} />
    </AccountPage>
  );
}

function Mailbox({ orderId }: { orderId: string }) {
  const { value, error } = useLive('', (signal) => api.mails(signal));
  const mails = value?.filter((mail) => orderId === '' || mail.orderId === orderId);
  useNewsOf(value);
  return (
    <>
      <p>
        {t('mailbox.about')} {orderId !== '' && <a href={paths.mailbox()}>{t('mailbox.all')}</a>}
      </p>
      {error !== undefined && (value === undefined ? <ErrorNotice error={error} /> : <Notice>{t('order.lost')}</Notice>)}
      {mails === undefined && error === undefined && <Loading />}
      {mails?.length === 0 && (
        <Empty title={t('mailbox.empty')}>
          <p>{t('mailbox.empty.hint')}</p>
        </Empty>
      )}
      <ul class="mails" aria-label={t('mailbox.title')}>
        {mails?.map((mail, index) => (
          <li key={mail.id}>
            <Letter mail={mail} isOpen={index === 0} />
          </li>
        ))}
      </ul>
    </>
  );
}

/** Says that a mail has come while the page was open. Told by the newest: the shop sends no more than the last ones, so their number stays. */
function useNewsOf(mails: readonly Mail[] | undefined): void {
  const before = useRef<{ newest: string | undefined }>(undefined);
  const newest = mails?.[0];
  useEffect(() => {
    if (mails === undefined) return;
    if (newest && before.current && newest.id !== before.current.newest) announce(t('mailbox.new', { subject: newest.subject }));
    before.current = { newest: newest?.id };
  }, [mails === undefined, newest?.id]);
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
