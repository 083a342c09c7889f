/**
 * The user service, as this service needs it: whether an account still exists.
 */
import type { Client } from '@hikyaku/service';
import type { CheckoutPorts } from '../application/checkout.ts';
import { findUser } from '../contracts/calls.ts';
import { refuseForGood } from './refusal.ts';

export function userPorts(client: Client): Pick<CheckoutPorts, 'validateUser'> {
  return {
    validateUser: (id, signal) => client.call(findUser, { params: { id }, signal }).catch(refuseForGood),
  };
}
