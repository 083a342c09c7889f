/** One order, followed live: how it stands, and what every service did for it. */
import { useEffect } from 'preact/hooks';
import { ApiError } from '../api/problem.ts';
import type { Order, Saga } from '../api/shop.ts';
import { add } from '../cart/cart-store.ts';
import { formatDateTime } from '../i18n/format.ts';
import { local, locale, t } from '../i18n/locale.ts';
import { hasMessage } from '../i18n/messages.ts';
import { Journey } from '../order/journey.tsx';
import { useOrder } from '../order/use-order.ts';
import { navigate } from '../router/navigation.ts';
import { paths } from '../router/routes.ts';
import { ErrorNotice, Loading, Notice } from '../ui/notice.tsx';
import { announce, useTitle } from '../ui/page.ts';
import { Price } from '../ui/price.tsx';
import { RequireSignIn } from '../ui/require-sign-in.tsx';
import { Seal } from '../ui/seal.tsx';

export function OrderPage({ id }: { id: string }) {
  useTitle(t('order.title'));
  return (
    <RequireSignIn>
      <section class="page page-medium">
        <LiveOrder id={id} />
      </section>
    </RequireSignIn>
  );
}

function LiveOrder({ id }: { id: string }) {
  const { progress, isInterrupted, error } = useOrder(id);
  const status = progress?.order.status;
  useEffect(() => {
    if (status !== undefined) announce(t(`order.${status}`));
  }, [status]);
  if (error instanceof ApiError && error.status === 404) return <Notice>{t('order.unknown')}</Notice>;
  if (error !== undefined) return <ErrorNotice error={error} />;
  if (!progress) return <Loading />;
  return (
    <>
      <Standing order={progress.order} />
      {isInterrupted && <Notice>{t('order.lost')}</Notice>}
      {progress.saga && <Steps saga={progress.saga} />}
      <Items order={progress.order} />
      <Next order={progress.order} />
    </>
  );
}

function Standing({ order }: { order: Order }) {
  return (
    <header class="standing" data-status={order.status}>
      <Seal status={order.status} />
      <div>
        <h1>{t(`order.${order.status}`)}</h1>
        {order.reason !== undefined && <p class="standing-reason">{reasonText(order.reason)}</p>}
        <p>{t(`order.${order.status}.detail`)}</p>
        <dl class="facts">
          <dt>{t('order.number')}</dt>
          <dd>
            <code>{order.id}</code>
          </dd>
          <dt>{t('order.placed')}</dt>
          <dd>{formatDateTime(locale.value, order.createdAt)}</dd>
        </dl>
      </div>
    </header>
  );
}

function Steps({ saga }: { saga: Saga }) {
  return (
    <section class="panel">
      <h2>{t('order.steps')}</h2>
      <Journey saga={saga} />
    </section>
  );
}

function Items({ order }: { order: Order }) {
  return (
    <section class="panel">
      <h2>{t('order.items')}</h2>
      <ul class="summary">
        {order.items.map((item) => (
          <li key={item.productId}>
            <span>
              <a href={paths.product(item.productId)}>{local(item.name)}</a> <small>× {item.quantity}</small>
            </span>
            <Price yen={item.unitPriceYen * item.quantity} />
          </li>
        ))}
      </ul>
      <p class="total">
        <span>{t('cart.total')}</span> <Price yen={order.totalYen} />
      </p>
    </section>
  );
}

function Next({ order }: { order: Order }) {
  const refill = () => {
    for (const item of order.items) add(item.productId, item.quantity);
    navigate(paths.cart);
  };
  return (
    <p class="actions">
      <a class="button" href={paths.catalogue()}>
        {t('order.again')}
      </a>
      {order.status === 'cancelled' && (
        <button type="button" class="button button-primary" onClick={refill}>
          {t('order.refill')}
        </button>
      )}
    </p>
  );
}

function reasonText(reason: string): string {
  const key = `reason.${reason}`;
  return hasMessage(key) ? t(key) : t('reason.other', { reason });
}
