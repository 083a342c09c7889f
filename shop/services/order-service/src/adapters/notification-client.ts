/**
 * The notification service, as this service needs it: the mail of an order has been written.
 */
import type { Client } from '@hikyaku/service';
import type { CheckoutPorts } from '../application/checkout.ts';
import { refuseForGood } from './refusal.ts';

export function mailPorts(client: Client): Pick<CheckoutPorts, 'ensureMail'> {
  return {
    ensureMail: ({ orderId, userId, kind }, signal) =>
      client.put('/internal/mails/:orderId/:kind', { params: { orderId, kind }, body: { userId }, signal }).catch(refuseForGood),
  };
}
