/** Addresses as people type them: what is still missing, and how one is written on a parcel. */
import type { Address, SavedAddress } from '../api/addresses.ts';
import type { Locale } from '../i18n/messages.ts';
import { romanise } from './prefectures.ts';

/** What the fields of the form hold; all may be empty. */
export type AddressDraft = Record<keyof Address, string>;

export type AddressMistake = 'missing' | 'postalCode';

export const emptyDraft: AddressDraft = { name: '', postalCode: '', prefecture: '', city: '', line1: '', line2: '' };

/** `150-0001` for 〒１５０ー０００１ and 1500001; undefined when it is not seven digits. */
export function readPostalCode(typed: string): string | undefined {
  const digits = typed.normalize('NFKC').replace(/[\s〒ー‐－-]/g, '');
  return /^\d{7}$/.test(digits) ? `${digits.slice(0, 3)}-${digits.slice(3)}` : undefined;
}

export type AddressMistakes = Partial<Record<keyof Address, AddressMistake>>;

/** The address, or what is wrong with each field of it. */
export function readAddress(draft: AddressDraft): { address: Address } | { mistakes: AddressMistakes } {
  const typed = {
    ...draft,
    name: draft.name.trim(),
    city: draft.city.trim(),
    line1: draft.line1.trim(),
    line2: draft.line2.trim(),
  };
  const postalCode = readPostalCode(draft.postalCode);
  const missing = (['name', 'prefecture', 'city', 'line1'] as const).filter((field) => typed[field] === '');
  if (postalCode !== undefined && missing.length === 0) {
    return { address: { ...typed, postalCode, line2: typed.line2 === '' ? undefined : typed.line2 } };
  }
  const mistakes: AddressMistakes = postalCode === undefined ? { postalCode: 'postalCode' } : {};
  for (const field of missing) mistakes[field] = 'missing';
  return { mistakes };
}

/** As it is written on a parcel, without what the account knows about it. */
export function withoutId({ name, postalCode, prefecture, city, line1, line2 }: SavedAddress): Address {
  return { name, postalCode, prefecture, city, line1, line2 };
}

/** On a line each, without the name: from the large to the small in Japanese, the other way round in English. */
export function addressLines(
  locale: Locale,
  { postalCode, prefecture, city, line1, line2 = '' }: Omit<Address, 'name'>,
): string[] {
  if (locale === 'ja') return [`〒${postalCode}`, `${prefecture}${city}${line1}`, line2].filter(Boolean);
  return [[line2, line1].filter(Boolean).join(', '), `${city}, ${romanise(prefecture)} ${postalCode}`];
}
