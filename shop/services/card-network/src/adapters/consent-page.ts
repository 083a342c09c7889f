/**
 * The page on which the buyer's bank asks for consent, as text. Self-contained: no script, and one style sheet that the content security
 * policy names by its hash.
 */
import { createHash } from 'node:crypto';
import type { Payment } from '../domain/payment.ts';

export type Language = 'ja' | 'en';

export interface ConsentForm {
  payment: Payment;
  language: Language;
  /** Proves that the answer comes from this page. */
  formToken: string;
}

const texts = {
  ja: {
    title: '〇〇銀行 本人認証',
    ask: 'このお支払いを承認しますか？',
    amount: '金額',
    approve: '承認する',
    refuse: '拒否する',
    back: '店に戻る',
    note: 'これは練習用の銀行です。実際のお金は動きません。',
    other: 'English',
    missing: 'このページはありません。',
    stale: 'ページの有効期限が切れました。もう一度お試しください。',
    outcome: {
      requires_action: '',
      authorized: 'お支払いを承認しました。',
      captured: 'お支払いを承認しました。',
      refunded: 'このお支払いは返金されました。',
      declined: 'お支払いを拒否しました。',
      voided: 'このお支払いは取り消されました。',
    },
  },
  en: {
    title: 'Maru Bank: verify it is you',
    ask: 'Do you approve this payment?',
    amount: 'Amount',
    approve: 'Approve',
    refuse: 'Refuse',
    back: 'Back to the shop',
    note: 'This bank is for practice. No money moves.',
    other: '日本語',
    missing: 'There is no such page.',
    stale: 'This page has expired. Please try again.',
    outcome: {
      requires_action: '',
      authorized: 'The payment was approved.',
      captured: 'The payment was approved.',
      refunded: 'This payment was refunded.',
      declined: 'The payment was refused.',
      voided: 'This payment was cancelled.',
    },
  },
} as const;

const style =
  'body{font:16px/1.6 system-ui,sans-serif;margin:0;background:#eef2f5;color:#1c2733}' +
  'main{max-width:26rem;margin:10vh auto;padding:2rem;background:#fff;border-radius:12px;box-shadow:0 2px 16px #0002}' +
  'h1{font-size:1.25rem;margin:0 0 1rem;color:#14507a}dl{display:flex;justify-content:space-between;border-block:1px solid #d5dde4;padding:.75rem 0}' +
  'dd{margin:0;font-weight:700}button,.back{font:inherit;padding:.6rem 1.4rem;border-radius:8px;border:1px solid #14507a;cursor:pointer;text-decoration:none}' +
  '.approve,.back{background:#14507a;color:#fff}.refuse{background:#fff;color:#14507a}small{color:#51606e}form{display:flex;gap:.75rem;margin:1.5rem 0}';

/** Nothing may frame the page, so that nobody lays it under buttons of their own. */
export const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};

/** The buttons while consent is asked for, the outcome afterwards. */
export function consentPage({ payment, language, formToken }: ConsentForm): string {
  const text = texts[language];
  const amount = `<dl><dt>${text.amount}</dt><dd>¥${payment.amountYen.toLocaleString('en-US')}</dd></dl>`;
  const buttons =
    `<p>${text.ask}</p><form method="post" action="?lang=${language}"><input type="hidden" name="token" value="${escape(formToken)}">` +
    `<button class="approve" name="answer" value="approve">${text.approve}</button>` +
    `<button class="refuse" name="answer" value="refuse">${text.refuse}</button></form>`;
  const back =
    payment.returnUrl === undefined ? '' : `<p><a class="back" href="${escape(payment.returnUrl)}">${text.back}</a></p>`;
  const outcome = `<p role="status">${text.outcome[payment.state]}</p>${back}`;
  return page(language, amount + (payment.state === 'requires_action' ? buttons : outcome));
}

/** A page that says why there is nothing to answer. */
export function refusalPage(language: Language, why: 'missing' | 'stale'): string {
  return page(language, `<p role="alert">${texts[language][why]}</p>`);
}

function page(language: Language, content: string): string {
  const { title, note, other } = texts[language];
  const otherLanguage = language === 'ja' ? 'en' : 'ja';
  return (
    `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">` +
    `<title>${title}</title><style>${style}</style></head><body><main><h1>${title}</h1>${content}` +
    `<small>${note} <a href="?lang=${otherLanguage}" lang="${otherLanguage}">${other}</a></small></main></body></html>`
  );
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

const escape = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
