/**
 * Events out: who is there, and what they are called. Other services keep copies by them.
 */
import type { EventBus, Transaction } from '@hikyaku/service';
import type { Unit } from '../application/accounts.ts';
import { accountBook } from './account-book.ts';

export function unitOf(tx: Transaction, bus: EventBus): Unit {
  return {
    accounts: accountBook(tx),
    publish: ({ type, user: { id: userId, email, name, locale } }) =>
      bus.publish(tx, { type, subject: userId, data: { userId, email, name, locale } }),
  };
}
