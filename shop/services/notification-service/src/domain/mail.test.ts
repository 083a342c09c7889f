import { describe, expect, test } from 'vitest';
import { compose, messageIdOf } from './mail.ts';
import { mailKinds, type News } from './news.ts';

const order = {
  orderId: '6f9619ff-8b86-4d01-b42d-00cf4fc964ff',
  items: [
    { name: { ja: '深蒸し煎茶', en: 'Sencha' }, unitPriceYen: 1480, quantity: 2 },
    { name: { ja: '急須', en: 'Teapot' }, unitPriceYen: 7480, quantity: 1 },
  ],
  totalYen: 10_440,
};
const news: Record<(typeof mailKinds)[number], News> = {
  'order.confirmed': { kind: 'order.confirmed', ...order },
  'order.cancelled': { kind: 'order.cancelled', reason: 'out_of_stock', ...order },
  'order.shipped': { kind: 'order.shipped', trackingNumber: 'HK-1234-5678', ...order },
  'payment.refunded': { kind: 'payment.refunded', orderId: order.orderId, amountYen: 10_440 },
};
const japanese = { name: '飛脚 花子', locale: 'ja' as const };
const english = { name: 'Hanako', locale: 'en' as const };

describe.each(mailKinds)('the mail %s', (kind) => {
  test.each([japanese, english])('greets by name, names the order, and has its words in $locale', (recipient) => {
    const { subject, text } = compose(news[kind], recipient);
    expect(text).toContain(recipient.name);
    expect(text).toContain(order.orderId);
    expect(/[\u3040-\u30ff\u4e00-\u9fff]/.test(subject)).toBe(recipient.locale === 'ja');
    expect(subject).not.toMatch(/[\r\n]/);
    expect(`${subject}${text}`).not.toMatch(/undefined|NaN|\[object/);
  });
});

describe('what a mail says', () => {
  test('the lines and the total of the order, in yen', () => {
    const { subject, text } = compose(news['order.confirmed'], japanese);
    expect(subject).toContain('¥10,440');
    expect(text).toContain('深蒸し煎茶 × 2    ¥2,960');
    expect(text).toContain('合計（税込）    ¥10,440');
    expect(compose(news['order.confirmed'], english).text).toContain('Teapot × 1    ¥7,480');
  });

  test('the tracking number', () => {
    expect(compose(news['order.shipped'], english).text).toContain('Tracking number: HK-1234-5678');
  });

  test('why an order was cancelled, in words and never as a code', () => {
    const reasonIn = (reason: string, recipient: typeof japanese | typeof english) =>
      compose({ kind: 'order.cancelled', reason, ...order }, recipient).text;
    expect(reasonIn('insufficient_funds', japanese)).toContain('ご利用可能額が不足');
    expect(reasonIn('shipping_failed', english)).toContain('the carrier cannot deliver');
    for (const recipient of [japanese, english]) {
      expect(reasonIn('a_new_reason', recipient)).not.toContain('a_new_reason');
      expect(reasonIn('lost_card', recipient)).toBe(reasonIn('card_declined', recipient));
    }
  });

  test('a name of several lines stays on one', () => {
    const { text } = compose(news['payment.refunded'], { name: 'A\n\nYou have won!\r\n', locale: 'en' });
    expect(text.split('\n')[0]).toBe('Dear A You have won!,');
  });
});

test('a mail has the same Message-ID for ever, and no other mail has it', () => {
  const ids = mailKinds.map((kind) => messageIdOf({ orderId: order.orderId, kind }));
  expect(new Set(ids).size).toBe(mailKinds.length);
  expect(ids[0]).toBe(`<${order.orderId}.order.confirmed@shop.example>`);
});
