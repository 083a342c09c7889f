/**
 * The English words of the mails.
 */
import type { News, Words } from './news.ts';
import { itemLines, yen } from './yen.ts';

export const english: Words = {
  greeting: (name) => `Dear ${name},`,

  closing: 'Thank you for shopping with us.\nHikyaku Store',

  subject(news) {
    switch (news.kind) {
      case 'order.confirmed':
        return `Your order is confirmed (${yen(news.totalYen)})`;
      case 'order.cancelled':
        return 'Your order could not be completed';
      case 'order.shipped':
        return 'Your order is on its way';
      case 'payment.refunded':
        return `We have refunded ${yen(news.amountYen)}`;
    }
  },

  paragraphs(news) {
    switch (news.kind) {
      case 'order.confirmed':
        return ['Thank you. We have received your order:', contents(news), numberOf(news)];
      case 'order.cancelled':
        return ['We are sorry: the order below has been cancelled.', because(news.reason), contents(news), numberOf(news)];
      case 'order.shipped':
        return [
          'We have handed your order to the carrier.',
          `Tracking number: ${news.trackingNumber}`,
          contents(news),
          numberOf(news),
        ];
      case 'payment.refunded':
        return [
          `We have refunded ${yen(news.amountYen)} to the card you paid with.`,
          'It may take a few days until you see it on your statement.',
          numberOf(news),
        ];
    }
  },
};

type Order = Extract<News, { items: unknown }>;

function contents(order: Order): string {
  return `${itemLines(order, 'en')}\n  Total (tax included)    ${yen(order.totalYen)}`;
}

function numberOf({ orderId }: News): string {
  return `Order number: ${orderId}`;
}

/** Of a lost card no more is said than of any other refusal: the mail may be read by whoever found it. */
const reasons: Readonly<Record<string, string>> = {
  card_declined: 'your bank did not approve the payment. Please try another card.',
  lost_card: 'your bank did not approve the payment. Please try another card.',
  insufficient_funds: 'the card did not have enough funds. Please try another card.',
  expired_card: 'the card has expired. Please try another card.',
  incorrect_cvc: 'the security code of the card was wrong. Please check it and try again.',
  authentication_failed: 'the payment was not authenticated with your bank. Please try again.',
  out_of_stock: 'something you ordered has just sold out.',
  shipping_failed: 'the carrier cannot deliver to your address. Please check the address.',
  unknown_user: 'we could not find your account.',
};

function because(reason: string): string {
  return `Reason: ${reasons[reason] ?? 'we could not complete it right now. Please try again later.'}`;
}
