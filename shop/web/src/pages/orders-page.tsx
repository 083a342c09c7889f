/** Everything this person ordered. */
import { api } from '../api/index.ts';
import type { Order } from '../api/orders.ts';
import { formatDateTime } from '../i18n/format.ts';
import { local, locale, t } from '../i18n/locale.ts';
import { paths } from '../router/routes.ts';
import { claims } from '../session/session.ts';
import { AccountPage } from '../ui/account-page.tsx';
import { Empty } from '../ui/empty.tsx';
import { ErrorNotice, Loading } from '../ui/notice.tsx';
import { Price } from '../ui/price.tsx';
import { StatusChip } from '../ui/status-chip.tsx';
import { useLoad } from '../ui/use-load.ts';

export function OrdersPage() {
  return (
    <AccountPage current="orders">
      <Orders userId={claims.value?.sub ?? ''} />
    </AccountPage>
  );
}

function Orders({ userId }: { userId: string }) {
  const { value, error, reload } = useLoad(userId, (signal) => api.userWithOrders(userId, signal));
  if (error !== undefined) return <ErrorNotice error={error} onRetry={reload} />;
  if (value === undefined) return <Loading />;
  return (
    <>
      <p>{t('orders.hello', { name: value.user.name })}</p>
      {value.orders.length === 0 && (
        <Empty title={t('orders.none')}>
          <a class="button" href={paths.catalogue()}>
            {t('orders.none.go')}
          </a>
        </Empty>
      )}
      <ul class="orders">
        {value.orders.map((order) => (
          <li key={order.id}>
            <Row order={order} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Row({ order }: { order: Order }) {
  return (
    <a class="order-row" href={paths.order(order.id)}>
      <StatusChip status={order.status} />
      <span class="order-goods">{order.items.map((item) => local(item.name)).join(locale.value === 'ja' ? '、' : ', ')}</span>
      <time dateTime={order.createdAt}>{formatDateTime(locale.value, order.createdAt)}</time>
      <Price yen={order.totalYen} />
    </a>
  );
}
