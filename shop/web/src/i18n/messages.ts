/** Texts by key and language. Pure: locale.ts knows which language this person reads. */
import { en, type MessageKey, type Messages } from './en.ts';
import { ja } from './ja.ts';

export type { MessageKey } from './en.ts';
export type Locale = 'ja' | 'en';
export type Values = Record<string, string | number>;

export const catalogues: Record<Locale, Messages> = { ja, en };

/** The text with its `{name}` marks filled in. A mark without a value stays, so that the mistake is seen. */
export function message(locale: Locale, key: MessageKey, values: Values = {}): string {
  return catalogues[locale][key].replace(/\{(\w+)\}/g, (mark, name: string) => String(values[name] ?? mark));
}

/** For keys made from data, such as the name of a saga step. */
export function hasMessage(key: string): key is MessageKey {
  return Object.hasOwn(en, key);
}

/** The first language of the list that the shop has; English when it has none. */
export function chooseLocale(languages: readonly string[]): Locale {
  for (const language of languages) {
    const primary = language.split('-')[0]?.toLowerCase();
    if (primary === 'ja' || primary === 'en') return primary;
  }
  return 'en';
}
