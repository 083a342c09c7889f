/**
 * The Japanese words of the mails.
 */
import type { News, Words } from './news.ts';
import { itemLines, yen } from './yen.ts';

export const japanese: Words = {
  greeting: (name) => `${name} 様`,

  closing: 'またのご利用をお待ちしております。\n飛脚商店',

  subject(news) {
    switch (news.kind) {
      case 'order.confirmed':
        return `【飛脚商店】ご注文を承りました（${yen(news.totalYen)}）`;
      case 'order.cancelled':
        return '【飛脚商店】ご注文を承ることができませんでした';
      case 'order.shipped':
        return '【飛脚商店】商品を発送いたしました';
      case 'payment.refunded':
        return `【飛脚商店】${yen(news.amountYen)} を返金いたしました`;
    }
  },

  paragraphs(news) {
    switch (news.kind) {
      case 'order.confirmed':
        return ['ご注文ありがとうございます。次の内容で承りました。', contents(news), numberOf(news)];
      case 'order.cancelled':
        return ['申し訳ございません。次のご注文は取り消しとなりました。', because(news.reason), contents(news), numberOf(news)];
      case 'order.shipped':
        return ['ご注文の商品を発送いたしました。', `お問い合わせ番号: ${news.trackingNumber}`, contents(news), numberOf(news)];
      case 'payment.refunded':
        return [
          `お支払いいただいた ${yen(news.amountYen)} を、ご利用のカードへ返金いたしました。`,
          '明細に反映されるまで数日かかることがあります。',
          numberOf(news),
        ];
    }
  },
};

type Order = Extract<News, { items: unknown }>;

function contents(order: Order): string {
  return `${itemLines(order, 'ja')}\n  合計（税込）    ${yen(order.totalYen)}`;
}

function numberOf({ orderId }: News): string {
  return `ご注文番号: ${orderId}`;
}

/** Of a lost card no more is said than of any other refusal: the mail may be read by whoever found it. */
const reasons: Readonly<Record<string, string>> = {
  card_declined: 'カード会社の承認が得られませんでした。別のカードでお試しください。',
  lost_card: 'カード会社の承認が得られませんでした。別のカードでお試しください。',
  insufficient_funds: 'カードのご利用可能額が不足していました。別のカードでお試しください。',
  expired_card: 'カードの有効期限が切れていました。別のカードでお試しください。',
  incorrect_cvc: 'カードのセキュリティコードが正しくありませんでした。もう一度お確かめください。',
  authentication_failed: 'カードの本人認証が完了しませんでした。もう一度お試しください。',
  out_of_stock: 'お申し込みの商品の在庫がなくなりました。',
  shipping_failed: 'お届け先への配送を運送会社が引き受けられませんでした。お届け先をお確かめください。',
  unknown_user: 'お客様のアカウントを確認できませんでした。',
};

function because(reason: string): string {
  return `理由: ${reasons[reason] ?? 'ただいま手続きを完了できませんでした。時間をおいてもう一度お試しください。'}`;
}
