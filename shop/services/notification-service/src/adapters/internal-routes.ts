/**
 * What checkouts ask of this service: whether the mails of orders have been written. Events write them, usually before anybody asks; otherwise the
 * answer waits for them a little. The gateway does not route here.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type HttpServer, Type } from '@hikyaku/service';
import { mailKinds } from '../domain/news.ts';
import type { Mailbox } from './mail-book.ts';

const MailOfOrder = Type.Object({ orderId: Type.String({ format: 'uuid' }), kind: Type.Enum([...mailKinds]) });

/** Before each look after the first; together less than callers wait for an answer. */
const pausesMs = [20, 40, 80, 160, 320];

export function internalRoutes(http: HttpServer, mails: Pick<Mailbox, 'missing'>): void {
  const schema = {
    body: Type.Object({ mails: Type.Array(MailOfOrder, { minItems: 1, maxItems: 200 }) }),
    response: { 200: Type.Object({ missing: Type.Array(MailOfOrder) }) },
  };
  http.post('/internal/mails/missing', { schema }, async ({ body }) => {
    let missing = await mails.missing(body.mails);
    for (const pauseMs of pausesMs) {
      if (missing.length === 0) break;
      await delay(pauseMs);
      missing = await mails.missing(missing);
    }
    return { missing };
  });
}
