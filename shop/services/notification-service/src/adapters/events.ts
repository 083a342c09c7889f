/**
 * Events in: what there is to tell customers, and who they are.
 */
import { type EventBus, type Static, type Transaction, Type } from '@hikyaku/service';
import { Parse } from 'typebox/value';
import type { News } from '../domain/news.ts';
import { LocaleName } from '../contracts/calls.ts';
import { remember } from './recipients.ts';

/** What is read of each event; the rest may change. */
const OrderData = Type.Object({
  orderId: Type.String(),
  userId: Type.String(),
  items: Type.Array(
    Type.Object({
      name: Type.Object({ ja: Type.String(), en: Type.String() }),
      unitPriceYen: Type.Integer(),
      quantity: Type.Integer(),
    }),
  ),
  totalYen: Type.Integer(),
});
const OrderCancelled = Type.Object({ ...OrderData.properties, reason: Type.String() });
const OrderShipped = Type.Object({ ...OrderData.properties, trackingNumber: Type.String() });
const PaymentRefunded = Type.Object({ orderId: Type.String(), userId: Type.String(), amountYen: Type.Integer() });
const UserData = Type.Object({ userId: Type.String(), email: Type.String(), name: Type.String(), locale: LocaleName });

const topics = ['order.confirmed', 'order.cancelled', 'order.shipped', 'payment.refunded', 'user.registered', 'user.updated'];

export type WriteIn = (tx: Transaction, userId: string, news: News) => Promise<void>;

/** Everything happens in the transaction that notes the event as handled. */
export function followNews(bus: EventBus, write: WriteIn): void {
  bus.subscribe({ group: 'notification-service', topics }, async ({ type, time, data }, tx) => {
    if (type === 'user.registered' || type === 'user.updated')
      return remember(tx, recipientOf(Parse(UserData, data)), new Date(time));
    const { userId, ...news } = newsOf(type, data);
    return write(tx, userId, news);
  });
}

function newsOf(type: string, data: unknown): News & { userId: string } {
  switch (type) {
    case 'order.confirmed':
      return { kind: type, ...Parse(OrderData, data) };
    case 'order.cancelled':
      return { kind: type, ...Parse(OrderCancelled, data) };
    case 'order.shipped':
      return { kind: type, ...Parse(OrderShipped, data) };
    case 'payment.refunded':
      return { kind: type, ...Parse(PaymentRefunded, data) };
    default:
      throw new TypeError(`There is no mail for ${type}.`);
  }
}

function recipientOf({ userId, email, name, locale = 'ja' }: Static<typeof UserData>) {
  return { userId, address: email, name, locale };
}
