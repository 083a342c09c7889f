/** Events out: which mails have been sent. */
import type { EventBus, Transaction } from '@hikyaku/service';
import type { Unit } from '../application/writing.ts';

export function publishing(tx: Transaction, bus: EventBus): Pick<Unit, 'publish'> {
  return { publish: ({ type, ...data }) => bus.publish(tx, { type, subject: data.orderId, data }) };
}
