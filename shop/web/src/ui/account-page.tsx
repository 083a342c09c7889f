/** The frame of the pages about a person's own things, which lead to each other. */
import type { ComponentChildren } from 'preact';
import type { MessageKey } from '../i18n/messages.ts';
import { t } from '../i18n/locale.ts';
import { paths } from '../router/routes.ts';
import { useTitle } from './page.ts';
import { RequireSignIn } from './require-sign-in.tsx';

const pages = [
  { name: 'orders', path: paths.orders, title: 'orders.title' },
  { name: 'mailbox', path: paths.mailbox(), title: 'mailbox.title' },
  { name: 'addresses', path: paths.addresses, title: 'addresses.title' },
] as const satisfies { name: string; path: string; title: MessageKey }[];

export interface AccountPageProps {
  current: (typeof pages)[number]['name'];
  children: ComponentChildren;
}

export function AccountPage({ current, children }: AccountPageProps) {
  const shown = pages.find(({ name }) => name === current) ?? pages[0];
  useTitle(t(shown.title));
  return (
    <RequireSignIn>
      <section class="page page-medium">
        <nav class="tabs" aria-label={t('nav.account')}>
          {pages.map(({ name, path, title }) => (
            <a key={name} href={path} aria-current={name === current ? 'page' : undefined}>
              {t(title)}
            </a>
          ))}
        </nav>
        <h1>{t(shown.title)}</h1>
        {children}
      </section>
    </RequireSignIn>
  );
}
