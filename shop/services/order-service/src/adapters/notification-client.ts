/**
 * The notification service, as this service needs it: the mail of an order has been written.
 */
import { type Client, type ContractInput, SagaPending } from '@hikyaku/service';
import type { CheckoutPorts } from '../application/checkout.ts';
import { missingMails } from '../contracts/calls.ts';
import { together } from './together.ts';

type MailOfOrder = ContractInput<typeof missingMails>['body']['mails'][number];

const ASK_AGAIN_MS = 500;

export function mailPorts(client: Client): Pick<CheckoutPorts, 'ensureMail'> {
  const isWritten = together(async (mails: readonly MailOfOrder[]) => {
    const { missing } = await client.call(missingMails, { body: { mails: [...mails] } });
    return mails.map(({ orderId, kind }) => !missing.some((mail) => mail.orderId === orderId && mail.kind === kind));
  });
  return {
    ensureMail: async ({ orderId, kind }) => {
      // The event that brings it is on its way.
      if (!(await isWritten({ orderId, kind }))) throw new SagaPending('mail_missing', { askAgainMs: ASK_AGAIN_MS });
    },
  };
}
