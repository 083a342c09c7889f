/**
 * Writing the mail for a piece of news, once per order and kind. Events repeat themselves; the mail does not.
 */
import { compose } from '../domain/mail.ts';
import type { MailKind, News, Recipient } from '../domain/news.ts';

/** A mail as it is kept. */
export interface Mail {
  id: string;
  orderId: string;
  kind: MailKind;
  to: Omit<Recipient, 'locale'>;
  subject: string;
  text: string;
}

export interface MailSent {
  userId: string;
  orderId: string;
  kind: MailKind;
}

/** One transaction, and the events that go out when, and only when, it commits. */
export interface Unit {
  /** Undefined for a user that does not exist. Throws when nobody can be asked now. */
  recipient: (userId: string) => Promise<Recipient | undefined>;
  /** False, and nothing kept, when there is one for this order and kind. */
  add: (mail: Omit<Mail, 'id'>, state: 'queued' | 'sent') => Promise<boolean>;
  publish: (mail: MailSent) => Promise<void>;
}

/**
 * With the mailbox a mail is sent by being written; with a mail server it is queued, and `delivering.ts` hands it over. False when
 * there is nobody to write to.
 */
export async function write(unit: Unit, userId: string, news: News, delivery: 'mailbox' | 'smtp'): Promise<boolean> {
  const to = await unit.recipient(userId);
  if (to === undefined) return false;
  const { orderId, kind } = news;
  const isSent = delivery === 'mailbox';
  const isNew = await unit.add({ orderId, kind, to, ...compose(news, to) }, isSent ? 'sent' : 'queued');
  if (isNew && isSent) await unit.publish({ userId, orderId, kind });
  return true;
}
