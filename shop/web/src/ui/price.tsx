/** An amount of money. */
import { formatYen } from '../i18n/format.ts';

export function Price({ yen }: { yen: number }) {
  return <span class="price">{formatYen(yen)}</span>;
}
