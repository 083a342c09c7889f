/**
 * Hands mails to an SMTP server with nodemailer, which is loaded only when one is configured.
 */
import type { Guard } from '@hikyaku/service';
import { type Mailer, MailRefused } from '../application/delivering.ts';
import { messageIdOf } from '../domain/mail.ts';

export interface SmtpOptions {
  /** `smtp://user:password@host:587`, or `smtps://`. */
  url: string;
  /** `Name <address>`. */
  from: string;
  /** Of connecting, and of each answer. */
  timeoutMs: number;
  guard: Guard;
}

export async function smtpMailer({ url, from, timeoutMs, guard }: SmtpOptions): Promise<Mailer & { close(): void }> {
  const { createTransport } = await import('nodemailer');
  const transport = createTransport({
    url,
    pool: true,
    maxConnections: 1,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
  });
  return {
    async send(mail) {
      const { to, subject, text } = mail;
      const message = { from, to: { name: to.name, address: to.address }, subject, text, messageId: messageIdOf(mail) };
      await guard
        .run(() => transport.sendMail(message))
        .catch((error: unknown) => {
          throw isRefusal(error) ? new MailRefused(error.message, { cause: error }) : error;
        });
    },
    close: () => transport.close(),
  };
}

/**
 * Whether the server will never take this mail: it answered 5xx to its sender, recipient or content (RFC 5321, section 4.2.1). A 5xx to
 * the sign-in is a mistake of the configuration, and the mail waits until that is mended.
 */
export function isRefusal(error: unknown): error is Error {
  if (!(error instanceof Error) || !('code' in error) || !('responseCode' in error)) return false;
  const isAboutMail = error.code === 'EENVELOPE' || error.code === 'EMESSAGE';
  return isAboutMail && typeof error.responseCode === 'number' && error.responseCode >= 500;
}
