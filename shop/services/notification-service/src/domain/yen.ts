/** Amounts and lines of orders as mails show them; the same in both languages. */
import type { Locale, OrderNews } from './news.ts';

/** `¥1,480`. Yen have no fraction. */
export function yen(amount: number): string {
  return `¥${amount.toLocaleString('en-US')}`;
}

/** One line per product: `Sencha × 2    ¥2,960`. */
export function itemLines({ items }: OrderNews, locale: Locale): string {
  return items
    .map(({ name, quantity, unitPriceYen }) => `  ${name[locale]} × ${quantity}    ${yen(quantity * unitPriceYen)}`)
    .join('\n');
}
