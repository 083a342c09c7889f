/**
 * The notification service, as this service needs it: the mail of an order has been written.
 */
import { type Client, ClientError, SagaPending } from '@hikyaku/service';
import type { CheckoutPorts } from '../application/checkout.ts';
import { ensureMail } from '../contracts/calls.ts';
import { refuseForGood } from './refusal.ts';

const NOT_WRITTEN_YET = 'urn:shop:problem:not_written_yet';
const ASK_AGAIN_MS = 500;

export function mailPorts(client: Client): Pick<CheckoutPorts, 'ensureMail'> {
  return {
    ensureMail: ({ orderId, userId, kind }, signal) =>
      client.call(ensureMail, { params: { orderId, kind }, body: { userId }, signal }).catch((error: unknown) => {
        // The event that brings it is on its way.
        if (error instanceof ClientError && error.problem?.type === NOT_WRITTEN_YET)
          throw new SagaPending('mail_missing', { askAgainMs: ASK_AGAIN_MS });
        return refuseForGood(error);
      }),
  };
}
