/** The status of an order in one word. */
import type { OrderStatus } from '../api/orders.ts';
import { t } from '../i18n/locale.ts';

export function StatusChip({ status }: { status: OrderStatus }) {
  return (
    <span class="status" data-status={status}>
      {t(`status.${status}`)}
    </span>
  );
}
