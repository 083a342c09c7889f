/**
 * The mail that tells a piece of news, written in the language of the customer's profile.
 */
import type { Locale, MailKind, News, Recipient, Words } from './news.ts';
import { english } from './words-en.ts';
import { japanese } from './words-ja.ts';

export interface Letter {
  /** One line. */
  subject: string;
  /** Plain text. */
  text: string;
}

const words: Readonly<Record<Locale, Words>> = { ja: japanese, en: english };

/** A pure function: the same news give the same letter. */
export function compose(news: News, { name, locale }: Pick<Recipient, 'name' | 'locale'>): Letter {
  const { greeting, subject, paragraphs, closing } = words[locale];
  // A name is somebody's input: on one line it cannot pretend to be a paragraph of the shop's.
  const onOneLine = name.replaceAll(/\s+/gu, ' ').trim();
  return { subject: subject(news), text: `${[greeting(onOneLine), ...paragraphs(news), closing].join('\n\n')}\n` };
}

/**
 * Names the mail for ever (RFC 5322, section 3.6.4): should it be handed over a second time because the process died before it could
 * note the first, mail systems recognise the duplicate by this.
 */
export function messageIdOf({ orderId, kind }: { orderId: string; kind: MailKind }): string {
  return `<${orderId}.${kind}@shop.example>`;
}
