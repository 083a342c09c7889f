/**
 * The points of events, on the side that publishes and on the one that handles. They come from the services' contracts: one that is added there is a point
 * here, or an error when nothing leads to it.
 */
import * as cartEvents from '../../shop/services/cart-service/src/contracts/events.ts';
import * as notificationEvents from '../../shop/services/notification-service/src/contracts/events.ts';
import * as orderEvents from '../../shop/services/order-service/src/contracts/events.ts';
import * as paymentEvents from '../../shop/services/payment-service/src/contracts/events.ts';
import * as productEvents from '../../shop/services/product-service/src/contracts/events.ts';
import * as userEvents from '../../shop/services/user-service/src/contracts/events.ts';
import type { ServiceName } from '../support/shop-processes.ts';
import type { Wish } from './buyers.ts';
import { row, type Row } from './row.ts';

/** What leads to each event. */
const wishes: Readonly<Record<string, Wish>> = {
  'user.registered': 'newcomer',
  'user.updated': 'newcomer',
  'order.placed': 'bought',
  'order.confirmed': 'bought',
  'order.shipped': 'bought',
  'order.cancelled': 'declined',
  'stock.reserved': 'bought',
  'stock.released': 'unshippable',
  'stock.sold': 'bought',
  'stock.expired': 'late',
  'payment.authorized': 'bought',
  'payment.action_required': 'late',
  'payment.captured': 'bought',
  'payment.declined': 'declined',
  'payment.voided': 'withdrawn',
  'payment.refunded': 'unshippable',
  'invoice.issued': 'bought',
  'cart.cleared': 'newcomer',
  'mail.sent': 'bought',
};

type Contracts = { readonly published: readonly { readonly type: string }[] };
const contracts: Partial<Record<ServiceName, Contracts>> = {
  user: userEvents,
  product: productEvents,
  cart: cartEvents,
  order: orderEvents,
  payment: paymentEvents,
  notification: notificationEvents,
};

const publishing = {
  written: 'before the commit of',
  committed: 'between commit and publish of',
  published: 'between publish and forgetting of',
};
const consuming = {
  handling: 'before the commit of what handles',
  handled: 'between commit and acknowledgement of',
  acknowledged: 'after the acknowledgement of',
};

type Phase = keyof typeof publishing | keyof typeof consuming;

/**
 * @param everyType at which phases each event is a point of its own; elsewhere one event of each service stands for all of them, for what is done there does not
 * depend on what is told.
 */
export function ofEvents(phases: readonly Phase[], everyType: readonly Phase[] = []): Row[] {
  return Object.entries(contracts).flatMap(([name, { published, ...rest }]) => {
    const own = new Set(published.map(({ type }) => type));
    const read = Object.values(rest).flatMap((value: unknown) => (isEvent(value) && !own.has(value.type) ? [value.type] : []));
    // The keys of `contracts`.
    const service = name as ServiceName;
    return phases.flatMap((phase) => {
      const types = phase in publishing ? [...own] : read;
      return (everyType.includes(phase) ? types : types.slice(0, 1)).map((type) => ofEvent(service, type, phase));
    });
  });
}

function ofEvent(service: ServiceName, type: string, phase: Phase): Row {
  const wish = wishes[type];
  if (wish === undefined) throw new Error(`points.ts knows nothing that leads to ${type}`);
  const where = { ...publishing, ...consuming }[phase];
  return row(service, `${where} ${type}`, { channel: 'hikyaku.bus', phase, 'event.type': type }, wish);
}

const isEvent = (value: unknown): value is { type: string } =>
  typeof value === 'object' && value !== null && 'dataschema' in value && 'type' in value;
