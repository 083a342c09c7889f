/** The points of rounds, in which what several orders need goes on together (the kit's `combine`): with orders of different ends in one. */
import type { ServiceName } from '../support/shop-processes.ts';
import type { Wish } from './buyers.ts';
import { row, type Row } from './row.ts';

/** So many that some go together, with different ends. They come again until they have. */
const crowd: readonly Wish[] = ['bought', 'declined', 'bought', 'greedy', 'bought', 'unshippable', 'bought', 'declined'];
const mostWaves = 12;

type Told = Readonly<Record<string, string | readonly string[]>>;

/** While what several orders need goes on together, and when it is done and none of those who asked knows. */
const aroundRound = (service: ServiceName, name: string, underWay: Told, written = underWay): Row[] => [
  ofRound(service, `in a round of ${name}`, { phase: 'under-way', ...underWay }),
  ofRound(service, `after a round of ${name}`, { phase: 'written', ...written }),
];
const ofRound = (service: ServiceName, name: string, told: Told): Row => ({
  ...row(service, name, { channel: 'hikyaku.round', ...told }),
  wishes: crowd,
  waves: mostWaves,
});

const uuid = '*-*-*-*-*';
const someOfTooMany = { 'items.*.items.*.quantity': ['1', '99'] };
const severalOrders = { 'items.0.type': 'order.*', 'items.1.type': 'order.*' };

/** Each round is known by what goes into it, or comes out. */
export const ofRounds: readonly Row[] = [
  ...aroundRound('order', 'checkouts to be started', { 'items.1.0.workflowUUID': 'checkout:*' }),
  ...aroundRound('order', 'checkouts that end', { 'items.1.0': 'checkout:*' }),
  ...aroundRound('order', 'steps that went well or were refused', { 'items.*.outcome.ok': ['true', 'false'] }),
  ...aroundRound('order', 'orders that change', { 'items.1.decide.length': '1' }, { 'results.1.events.0.type': '*' }),
  ofRound('order', 'after a round of users to be known', { phase: 'written', 'results.1.answer': 'true' }),
  ...aroundRound('order', 'pieces asked for, of some of which there are not enough', someOfTooMany, {
    'results.1.answer': '*',
    'results.*.answer.refusal.reason': 'out_of_stock',
  }),
  ...aroundRound(
    'order',
    'payments asked to be authorised, and declined',
    { 'items.1.paymentToken': '*' },
    { 'results.*.answer.state': 'authorized', 'results.*.answer.problem.status': '*' },
  ),
  ofRound('order', 'after a round of payments asked to be captured', { phase: 'written', 'results.1.answer.state': 'captured' }),
  ...aroundRound('order', 'carts to be cleared', { 'items.1.userId': '*', 'items.1.items.0.productId': '*' }),
  ...aroundRound('order', 'mails to be there', { 'items.1.kind': 'order.shipped' }),
  ...aroundRound('product', 'pieces to be reserved, of some of which there are not enough', someOfTooMany, {
    'items.1.items.0.quantity': '1',
  }),
  ...aroundRound('product', 'pieces to be kept', { 'items.1': uuid }),
  ...aroundRound('payment', 'cards', { 'items.1.last4': '*' }),
  ...aroundRound('payment', 'payments to be opened', { 'items.1.paymentToken': '*' }),
  ...aroundRound('payment', 'payments that were authorised or declined', { 'items.*.payment.state': ['authorized', 'declined'] }),
  ...aroundRound('payment', 'payments that were captured', { 'items.*.payment.state': 'captured', 'items.1.orderId': uuid }),
  ...aroundRound(
    'card-network',
    'payments to be authorised or declined',
    { 'items.1.amountYen': '*' },
    { 'results.*.payment.state': ['authorized', 'declined'] },
  ),
  ...aroundRound('card-network', 'payments to be captured', { 'items.1.operation': 'capture' }),
  ...aroundRound('payment', 'invoices', { 'items.*.type': 'order.shipped', 'items.1.subject': uuid }),
  ...aroundRound('cart', 'events of orders', severalOrders),
  ...aroundRound('notification', 'events of orders', severalOrders),
];
