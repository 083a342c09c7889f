/** Texts that come in both languages of the shop. */
import { type Decoder, record, text } from './decode.ts';

export interface Localized {
  ja: string;
  en: string;
}

export const localized: Decoder<Localized> = record<Localized>({ ja: text, en: text });
