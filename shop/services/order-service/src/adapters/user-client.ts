/**
 * The user service, as this service needs it: whether an account still exists.
 */
import { type Client, SagaAbort } from '@hikyaku/service';
import type { CheckoutPorts } from '../application/checkout.ts';
import { knownUsers } from '../contracts/calls.ts';
import { together } from './together.ts';

export function userPorts(client: Client): Pick<CheckoutPorts, 'validateUser'> {
  const isKnown = together(async (userIds: readonly string[]) => {
    const { ids } = await client.call(knownUsers, { body: { ids: [...new Set(userIds)] } });
    return userIds.map((id) => ids.includes(id));
  });
  return {
    validateUser: async (id) => {
      if (!(await isKnown(id))) throw new SagaAbort('unknown_user');
    },
  };
}
