/** What a page owes to people who do not look at the screen: its title, and news in words. */
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { t } from '../i18n/locale.ts';

/** Read out politely by screen readers (the live region in shell.tsx). */
export const announcement = signal('');

export function announce(text: string): void {
  announcement.value = text;
}

export function useTitle(title: string): void {
  const full = title === '' ? `${t('shop.name')} — ${t('shop.title')}` : `${title} — ${t('shop.name')}`;
  useEffect(() => {
    document.title = full;
  }, [full]);
}
