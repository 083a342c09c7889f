/**
 * What the checkout saga asks of this service: whether the mail of an order has been written. The event writes it, usually before the
 * saga asks; otherwise the answer waits for it a little, and then is a 404 that says `not_written_yet`. The gateway does not route here.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type HttpServer, problem, Type } from '@hikyaku/service';
import { mailKinds } from '../domain/news.ts';
import type { Mailbox } from './mail-book.ts';

const MailParams = Type.Object({ orderId: Type.String({ format: 'uuid' }), kind: Type.Enum([...mailKinds]) });

/** Between two looks; together less than callers wait for an answer. */
const pausesMs = [20, 40, 80, 160, 320];

export function internalRoutes(http: HttpServer, mails: Pick<Mailbox, 'has'>): void {
  const schema = { params: MailParams, body: Type.Object({ userId: Type.String() }) };
  http.put('/internal/mails/:orderId/:kind', { schema }, async ({ params: { orderId, kind } }, reply) => {
    for (const pauseMs of pausesMs) {
      if (await mails.has(orderId, kind)) return reply.code(204).send();
      await delay(pauseMs);
    }
    throw problem(404, {
      type: 'urn:shop:problem:not_written_yet',
      detail: `The mail ${kind} of order ${orderId} has not been written: its event has not been handled yet.`,
    });
  });
}
