/** The language of this page: the person's choice, else the browser's. Components that call `t` follow it. */
import { effect, signal } from '@preact/signals';
import type { Localized } from '../api/localized.ts';
import { chooseLocale, type MessageKey, message, type Values } from './messages.ts';

const storageKey = 'hikyaku.locale';
const stored = localStorage.getItem(storageKey);

export const locale = signal(chooseLocale(stored === null ? navigator.languages : [stored]));

effect(() => {
  document.documentElement.lang = locale.value;
});

export function t(key: MessageKey, values?: Values): string {
  return message(locale.value, key, values);
}

/** The text of a product in this language. */
export function local(texts: Localized): string {
  return texts[locale.value];
}

export function toggleLocale(): void {
  locale.value = locale.value === 'ja' ? 'en' : 'ja';
  localStorage.setItem(storageKey, locale.value);
}
