/**
 * Events out: who is there, and what they are called. Other services keep copies by them.
 */
import type { EventBus, Transaction } from '@hikyaku/service';
import type { Unit, UserEvent } from '../application/accounts.ts';
import { userRegistered, userUpdated } from '../contracts/events.ts';
import { accountBook } from './account-book.ts';

const definitions = {
  'user.registered': userRegistered,
  'user.updated': userUpdated,
} as const satisfies Record<UserEvent['type'], unknown>;

export function unitOf(tx: Transaction, bus: EventBus): Unit {
  return {
    accounts: accountBook(tx),
    publish: ({ type, user: { id: userId, email, name, locale } }) =>
      bus.publish(tx, definitions[type], { subject: userId, data: { userId, email, name, locale } }),
  };
}
