/** How many pieces there are, said only as exactly as it matters. */
import { t } from '../i18n/locale.ts';

const few = 10;

export function Stock({ count }: { count: number }) {
  if (count <= 0) return <span class="stock stock-none">{t('product.stock.none')}</span>;
  if (count <= few) return <span class="stock stock-few">{t('product.stock.few', { count })}</span>;
  return <span class="stock">{t('product.stock.many')}</span>;
}
