/**
 * Handing queued mails to a mail server, at least once each. A mail is taken for a while, handed over, and noted as sent; whoever
 * dies in between leaves it to be handed over again after that while, under the same Message-ID.
 *
 *   queued ──take──► (nobody else takes it for a while) ──handed over──► sent
 *     ▲                  │            └──refused for good──► refused
 *     └──── no answer ───┘
 */
import type { Mail } from './writing.ts';

export type Taken = Mail & { attempts: number };

/** The mails that wait. */
export interface MailQueue {
  /** The one that is due longest; undefined when none is. */
  take(): Promise<Taken | undefined>;
  /** Notes it as sent and publishes `mail.sent`, in one transaction; nothing when it was noted already. */
  sent(mail: Mail): Promise<void>;
  refused(mail: Mail, reason: string): Promise<void>;
}

export interface Mailer {
  /** Throws `MailRefused`, or anything else when there was no answer or the answer is to come again. */
  send(mail: Mail): Promise<void>;
}

/** The mail server will not take this mail, now or later. */
export class MailRefused extends Error {
  readonly code = 'mail_refused';
}

/** With pauses that grow to ten minutes this is two days. */
const MAX_ATTEMPTS = 300;

/** Hands over what is due, one mail after the other, until none is or the server is found to be away. */
export async function deliver(queue: MailQueue, mailer: Mailer, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const mail = await queue.take();
    if (mail === undefined) return;
    try {
      await mailer.send(mail);
    } catch (error) {
      if (error instanceof MailRefused) await queue.refused(mail, error.message);
      else if (mail.attempts >= MAX_ATTEMPTS) await queue.refused(mail, `given up after ${mail.attempts} attempts`);
      else throw error;
      continue;
    }
    await queue.sent(mail);
  }
}
