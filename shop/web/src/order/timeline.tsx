/** Everything that happened to an order, as the shop wrote it down. */
import { api } from '../api/index.ts';
import type { Order, OrderEvent } from '../api/orders.ts';
import { formatTime } from '../i18n/format.ts';
import { locale, t } from '../i18n/locale.ts';
import { hasMessage } from '../i18n/messages.ts';
import { ErrorNotice, Loading } from '../ui/notice.tsx';
import { useLoad } from '../ui/use-load.ts';
import { reasonText } from './reason.ts';

export function Timeline({ order }: { order: Order }) {
  // Asked for again when the order shows that something has happened.
  const { id, status, payment, shipment } = order;
  const seen = [id, status, payment?.actionUrl, shipment?.trackingNumber].join(' ');
  const { value, error, reload } = useLoad(seen, (signal) => api.history(id, signal));
  if (error !== undefined) return <ErrorNotice error={error} onRetry={reload} />;
  if (value === undefined) return <Loading />;
  return (
    <ol class="timeline">
      {value.map((event) => (
        <li key={event.version}>
          <time dateTime={event.time}>{formatTime(locale.value, event.time)}</time>
          <span>{eventText(event)}</span>
        </li>
      ))}
    </ol>
  );
}

function eventText({ type, data: { reason, trackingNumber } }: OrderEvent): string {
  const key = `event.${type}`;
  const what = hasMessage(key) ? t(key) : type;
  const more = reason === undefined ? trackingNumber : reasonText(reason);
  return more === undefined ? what : t('event.with', { what, more });
}
