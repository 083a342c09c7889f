/**
 * Events in: what there is to tell customers, and who they are. Events out: which mails have been sent.
 */
import { type EventBus, type EventOf, on, onBatch, type Transaction } from '@hikyaku/service';
import type { NewsFor, Unit } from '../application/writing.ts';
import * as contracts from '../contracts/events.ts';
import { remember } from './recipients.ts';

export type WriteIn = (tx: Transaction, news: readonly NewsFor[]) => Promise<void>;

export function publishing(tx: Transaction, bus: EventBus): Pick<Unit, 'publish'> {
  return { publish: (data) => bus.publish(tx, contracts.mailSent, { subject: data.orderId, data }) };
}

/** Everything happens in the transaction that notes the event as handled. */
export function followNews(bus: EventBus, write: WriteIn): void {
  bus.subscribe(
    { group: 'notification-service', batch: true },
    // First, so that whom mails go to is known.
    on(contracts.userRegistered, meet),
    on(contracts.userUpdated, meet),
    onBatch(contracts.orderConfirmed, (events, tx) =>
      write(
        tx,
        events.map(({ data }) => ({ userId: data.userId, news: { kind: 'order.confirmed', ...data } })),
      ),
    ),
    onBatch(contracts.orderCancelled, (events, tx) =>
      write(
        tx,
        events.map(({ data }) => ({ userId: data.userId, news: { kind: 'order.cancelled', ...data } })),
      ),
    ),
    onBatch(contracts.orderShipped, (events, tx) =>
      write(
        tx,
        events.map(({ data }) => ({ userId: data.userId, news: { kind: 'order.shipped', ...data } })),
      ),
    ),
    onBatch(contracts.paymentRefunded, (events, tx) =>
      write(
        tx,
        events.map(({ data }) => ({ userId: data.userId, news: { kind: 'payment.refunded', ...data } })),
      ),
    ),
  );
}

function meet({ time, data }: EventOf<typeof contracts.userUpdated.data>, tx: Transaction): Promise<void> {
  const { userId, email, name, locale = 'ja' } = data;
  return remember(tx, { userId, address: email, name, locale }, new Date(time));
}
