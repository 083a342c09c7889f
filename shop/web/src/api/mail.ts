/** The mails the shop has sent to the person who is signed in. */
import { list, optional, record, text } from './decode.ts';
import type { Http } from './http.ts';

export interface Mail {
  id: string;
  /** `order.confirmed`, `order.shipped`, … */
  kind: string;
  /** The address it went to. */
  to: string;
  subject: string;
  /** Plain text. */
  text: string;
  orderId: string | undefined;
  /** RFC 3339. */
  createdAt: string;
}

const mail = record<Mail>({
  id: text,
  kind: text,
  to: text,
  subject: text,
  text,
  orderId: optional(text),
  createdAt: text,
});

export function createMailApi(http: Http) {
  return {
    /** The newest first. */
    mails: async (signal?: AbortSignal): Promise<Mail[]> =>
      (await http('/api/notifications', { decode: record<{ items: Mail[] }>({ items: list(mail) }), signal })).items,
  };
}
