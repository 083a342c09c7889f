/** One order, followed live: how it stands, and what every service did for it. */
import { useEffect } from 'preact/hooks';
import { ApiError } from '../api/problem.ts';
import type { Order, Saga } from '../api/orders.ts';
import { accountCart } from '../cart/cart-store.ts';
import { addressLines } from '../checkout/address.ts';
import { formatDateTime } from '../i18n/format.ts';
import { local, locale, t } from '../i18n/locale.ts';
import { Goods } from '../order/goods.tsx';
import { Journey } from '../order/journey.tsx';
import { adviceText, reasonText } from '../order/reason.ts';
import { isDecided, type Standing, standingOf } from '../order/standing.ts';
import { Timeline } from '../order/timeline.tsx';
import { decided } from '../order/under-way.tsx';
import { useOrder } from '../order/use-order.ts';
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
  const standing = progress && standingOf(progress);
  useEffect(() => {
    if (standing === undefined) return;
    announce(t(`order.${standing}`));
    // The shop empties the cart by itself; what comes of asking is in the store.
    accountCart.load().catch(() => undefined);
    if (isDecided(standing)) decided(id);
  }, [standing]);
  if (error instanceof ApiError && error.status === 404) return <Notice>{t('order.unknown')}</Notice>;
  if (error !== undefined) return <ErrorNotice error={error} />;
  if (!progress) return <Loading />;
  const { order, saga } = progress;
  return (
    <>
      <Heading order={order} standing={standingOf(progress)} />
      {isInterrupted && <Notice>{t('order.lost')}</Notice>}
      {saga && <Steps saga={saga} />}
      <Items order={order} />
      <section class="panel">
        <h2>{t('order.history')}</h2>
        <Timeline order={order} />
      </section>
      <Next order={order} />
    </>
  );
}

function Heading({ order, standing }: { order: Order; standing: Standing }) {
  return (
    <header class="standing" data-standing={standing}>
      <Seal status={standing === 'undoing' ? 'pending' : order.status} />
      <div>
        <h1>{t(`order.${standing}`)}</h1>
        {order.reason !== undefined && <p class="standing-reason">{reasonText(order.reason)}</p>}
        {order.reason !== undefined && <p>{adviceText(order.reason)}</p>}
        <p>{t(`order.${standing}.detail`)}</p>
        {standing === 'cancelled' && <Goods order={order} />}
        {standing === 'consent' && order.payment && (
          <p>
            <a class="button button-primary" href={order.payment.actionUrl} rel="external">
              {t('order.consent.go')}
            </a>
          </p>
        )}
        <Facts order={order} />
      </div>
    </header>
  );
}

function Facts({ order: { id, createdAt, shippingAddress, shipment } }: { order: Order }) {
  return (
    <dl class="facts">
      <dt>{t('order.number')}</dt>
      <dd>
        <code>{id}</code>
      </dd>
      <dt>{t('order.placed')}</dt>
      <dd>{formatDateTime(locale.value, createdAt)}</dd>
      {shippingAddress && (
        <>
          <dt>{t('address.title')}</dt>
          <dd>
            {[shippingAddress.name, ...addressLines(locale.value, shippingAddress)].map((line) => (
              <div key={line}>{line}</div>
            ))}
          </dd>
        </>
      )}
      {shipment && (
        <>
          <dt>{t('order.tracking')}</dt>
          <dd>
            <code>{shipment.trackingNumber}</code>
          </dd>
        </>
      )}
    </dl>
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
  return (
    <div class="actions">
      {order.shipment && (
        <a class="button" href={paths.invoice(order.id)}>
          {t('order.invoice')}
        </a>
      )}
      <a class="button" href={paths.mailbox(order.id)}>
        {t('order.mails')}
      </a>
      <a class="button" href={paths.catalogue()}>
        {t('order.again')}
      </a>
      {order.shipment && <Goods order={order} />}
    </div>
  );
}
