/**
 * The public HTTP API: a signed-in customer's own mails, for the mailbox page.
 */
import { type HttpServer, problem, Type } from '@hikyaku/service';
import { mailKinds } from '../domain/news.ts';
import type { Mailbox } from './mail-book.ts';

const MailBody = Type.Object({
  id: Type.String(),
  kind: Type.Enum([...mailKinds]),
  to: Type.String({ description: 'The address' }),
  subject: Type.String(),
  text: Type.String(),
  orderId: Type.Optional(Type.String()),
  state: Type.Enum(['queued', 'sent', 'refused'], { description: 'Queued: waits for the mail server' }),
  createdAt: Type.String(),
});

const signedIn = { auth: 'required' as const };

export function notificationRoutes(http: HttpServer, mails: Mailbox): void {
  const list = {
    querystring: Type.Object({ limit: Type.Integer({ default: 50, minimum: 1, maximum: 100 }) }),
    response: { 200: Type.Object({ items: Type.Array(MailBody) }) },
  };
  http.get('/notifications', { schema: list, config: signedIn }, async ({ user, query: { limit } }) => ({
    items: await mails.list(user?.id ?? '', limit),
  }));

  const one = { params: Type.Object({ id: Type.String({ format: 'uuid' }) }), response: { 200: MailBody } };
  http.get('/notifications/:id', { schema: one, config: signedIn }, async ({ user, params: { id } }) => {
    const mail = await mails.find(user?.id ?? '', id);
    if (mail === undefined) throw problem(404, { detail: 'There is no such mail.' });
    return mail;
  });
}
