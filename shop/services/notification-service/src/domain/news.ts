/**
 * What there is to tell a customer, and to whom. How it is said is in `words-ja.ts` and `words-en.ts`, behind the interface `Words`.
 */

export type Locale = 'ja' | 'en';

/** The same text for readers of Japanese and of English. */
export interface Bilingual {
  ja: string;
  en: string;
}

export interface OrderedItem {
  name: Bilingual;
  unitPriceYen: number;
  quantity: number;
}

export interface OrderNews {
  orderId: string;
  items: readonly OrderedItem[];
  totalYen: number;
}

/** Called as the events that bring it. */
export type News =
  | ({ kind: 'order.confirmed' } & OrderNews)
  /** `reason` is a stable code such as `card_declined`. */
  | ({ kind: 'order.cancelled'; reason: string } & OrderNews)
  | ({ kind: 'order.shipped'; trackingNumber: string } & OrderNews)
  | { kind: 'payment.refunded'; orderId: string; amountYen: number };

export type MailKind = News['kind'];

export const mailKinds = [
  'order.confirmed',
  'order.cancelled',
  'order.shipped',
  'payment.refunded',
] as const satisfies readonly MailKind[];

export interface Recipient {
  userId: string;
  name: string;
  address: string;
  locale: Locale;
}

/** The parts that differ between languages. */
export interface Words {
  greeting: (name: string) => string;
  closing: string;
  subject: (news: News) => string;
  /** The paragraphs between greeting and closing. */
  paragraphs: (news: News) => string[];
}
