/** The invoice of an order, as it is printed. It is written a moment after the parcel has left: until then the page waits for it. */
import { api } from '../api/index.ts';
import type { Invoice } from '../api/payments.ts';
import { ApiError } from '../api/problem.ts';
import { formatDate } from '../i18n/format.ts';
import { local, locale, t } from '../i18n/locale.ts';
import { paths } from '../router/routes.ts';
import { claims } from '../session/session.ts';
import { ErrorNotice, Loading, Notice } from '../ui/notice.tsx';
import { useTitle } from '../ui/page.ts';
import { Price } from '../ui/price.tsx';
import { RequireSignIn } from '../ui/require-sign-in.tsx';
import { useLive } from '../ui/use-live.ts';

export function InvoicePage({ orderId }: { orderId: string }) {
  useTitle(t('invoice.title'));
  return (
    <RequireSignIn>
      <section class="page page-medium">
        <p class="crumb">
          <a href={paths.order(orderId)}>← {t('invoice.order')}</a>
        </p>
        <Awaited orderId={orderId} />
      </section>
    </RequireSignIn>
  );
}

function Awaited({ orderId }: { orderId: string }) {
  const { value, error } = useLive(orderId, (signal) => api.invoice(orderId, signal));
  if (value) return <Sheet invoice={value} />;
  if (error instanceof ApiError && error.status === 404) return <Notice>{t('invoice.notYet')}</Notice>;
  if (error !== undefined) return <ErrorNotice error={error} />;
  return <Loading />;
}

function Sheet({ invoice: { number, orderId, items, totalYen, issuedAt } }: { invoice: Invoice }) {
  return (
    <article class="panel invoice">
      <header>
        <h1>{t('invoice.title')}</h1>
        <dl class="facts">
          <dt>{t('invoice.number')}</dt>
          <dd>{number}</dd>
          <dt>{t('invoice.date')}</dt>
          <dd>{formatDate(locale.value, issuedAt)}</dd>
          <dt>{t('order.number')}</dt>
          <dd>
            <code>{orderId}</code>
          </dd>
        </dl>
      </header>
      <p class="invoice-parties">
        {claims.value?.name !== undefined && <span>{t('invoice.to', { name: claims.value.name })}</span>}
        <span>{t('invoice.from')}</span>
      </p>
      <table>
        <thead>
          <tr>
            <th scope="col">{t('invoice.item')}</th>
            <th scope="col">{t('invoice.unit')}</th>
            <th scope="col">{t('product.quantity')}</th>
            <th scope="col">{t('invoice.amount')}</th>
          </tr>
        </thead>
        <tbody>
          {items.map(({ productId, name, unitPriceYen, quantity }) => (
            <tr key={productId}>
              <th scope="row">{local(name)}</th>
              <td>
                <Price yen={unitPriceYen} />
              </td>
              <td>{quantity}</td>
              <td>
                <Price yen={unitPriceYen * quantity} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="total">
        <span>
          {t('cart.total')} <small>{t('product.tax')}</small>
        </span>
        <Price yen={totalYen} />
      </p>
      <p class="actions">
        <button type="button" class="button" onClick={() => print()}>
          {t('invoice.print')}
        </button>
      </p>
    </article>
  );
}
