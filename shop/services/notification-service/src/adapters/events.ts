/**
 * Events in: what there is to tell customers, and who they are. Events out: which mails have been sent.
 */
import { type EventBus, type EventOf, on, type Transaction } from '@hikyaku/service';
import type { Unit } from '../application/writing.ts';
import * as contracts from '../contracts/events.ts';
import type { News } from '../domain/news.ts';
import { remember } from './recipients.ts';

export type WriteIn = (tx: Transaction, userId: string, news: News) => Promise<void>;

export function publishing(tx: Transaction, bus: EventBus): Pick<Unit, 'publish'> {
  return { publish: (data) => bus.publish(tx, contracts.mailSent, { subject: data.orderId, data }) };
}

/** Everything happens in the transaction that notes the event as handled. */
export function followNews(bus: EventBus, write: WriteIn): void {
  bus.subscribe(
    { group: 'notification-service', batch: true },
    on(contracts.orderConfirmed, ({ data }, tx) => write(tx, data.userId, { kind: 'order.confirmed', ...data })),
    on(contracts.orderCancelled, ({ data }, tx) => write(tx, data.userId, { kind: 'order.cancelled', ...data })),
    on(contracts.orderShipped, ({ data }, tx) => write(tx, data.userId, { kind: 'order.shipped', ...data })),
    on(contracts.paymentRefunded, ({ data }, tx) => write(tx, data.userId, { kind: 'payment.refunded', ...data })),
    on(contracts.userRegistered, meet),
    on(contracts.userUpdated, meet),
  );
}

function meet({ time, data }: EventOf<typeof contracts.userUpdated.data>, tx: Transaction): Promise<void> {
  const { userId, email, name, locale = 'ja' } = data;
  return remember(tx, { userId, address: email, name, locale }, new Date(time));
}
