/**
 * Writing the mails for pieces of news, once per order and kind. Events repeat themselves; the mail does not.
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

/** One transaction, and the events that go out when, and only when, it commits. What takes several answers for each, in their order. */
export interface Unit {
  /** Undefined for a user that does not exist. Throws when nobody can be asked now. */
  recipients: (userIds: readonly string[]) => Promise<(Recipient | undefined)[]>;
  /** False, and nothing kept, where there is one for this order and kind. */
  add: (mails: readonly Omit<Mail, 'id'>[], state: 'queued' | 'sent') => Promise<boolean[]>;
  publish: (mail: MailSent) => Promise<void>;
}

export interface NewsFor {
  userId: string;
  news: News;
}

/**
 * With the mailbox a mail is sent by being written; with a mail server it is queued, and `delivering.ts` hands it over. Resolves to the news for which
 * there is nobody to write to.
 */
export async function write(unit: Unit, all: readonly NewsFor[], delivery: 'mailbox' | 'smtp'): Promise<NewsFor[]> {
  const recipients = await unit.recipients(all.map(({ userId }) => userId));
  const mails = all.flatMap(({ news }, index) => {
    const to = recipients[index];
    return to === undefined ? [] : [{ orderId: news.orderId, kind: news.kind, to, ...compose(news, to) }];
  });
  const isSent = delivery === 'mailbox';
  const areNew = mails.length === 0 ? [] : await unit.add(mails, isSent ? 'sent' : 'queued');
  for (const [index, { orderId, kind, to }] of mails.entries())
    if (areNew[index] && isSent) await unit.publish({ userId: to.userId, orderId, kind });
  return all.filter((_one, index) => recipients[index] === undefined);
}
