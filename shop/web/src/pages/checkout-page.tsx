/** Buying: what, where to, with which card, once. */
import { useState } from 'preact/hooks';
import type { PricedCart } from '../api/cart.ts';
import { ApiError } from '../api/problem.ts';
import { canOrder } from '../cart/cart.ts';
import { cart } from '../cart/cart-store.ts';
import { EmptyCart } from '../cart/empty-cart.tsx';
import { usePricedCart } from '../cart/use-priced-cart.ts';
import { cardDigits, groupDigits } from '../checkout/card.ts';
import { useDelivery } from '../checkout/delivery.ts';
import { DeliveryForm } from '../checkout/delivery-form.tsx';
import { placeOrder } from '../checkout/place-order.ts';
import { TestCards } from '../checkout/trials.tsx';
import { explainField } from '../i18n/explain.ts';
import { formatYen } from '../i18n/format.ts';
import { local, locale, t } from '../i18n/locale.ts';
import { nowUnderWay, UnderWay } from '../order/under-way.tsx';
import { navigate } from '../router/navigation.ts';
import { paths } from '../router/routes.ts';
import { Field } from '../ui/field.tsx';
import { ErrorNotice, Loading, Notice } from '../ui/notice.tsx';
import { useTitle } from '../ui/page.ts';
import { Price } from '../ui/price.tsx';
import { RequireSignIn } from '../ui/require-sign-in.tsx';
import { useSubmit } from '../ui/use-submit.ts';

export function CheckoutPage() {
  useTitle(t('checkout.title'));
  return (
    <RequireSignIn>
      <section class="page page-medium">
        <h1>{t('checkout.title')}</h1>
        <UnderWay />
        <Checkout />
      </section>
    </RequireSignIn>
  );
}

function Checkout() {
  const { value, error, reload } = usePricedCart();
  if (error !== undefined) return <ErrorNotice error={error} onRetry={reload} />;
  if (value === undefined) return <Loading />;
  if (value.items.length === 0) return <EmptyCart />;
  return <Purchase cart={value} />;
}

function Purchase({ cart: priced }: { cart: PricedCart }) {
  const delivery = useDelivery();
  const [card, setCard] = useState('');
  const [isMistyped, setIsMistyped] = useState(false);
  const { isSending, error, submit } = useSubmit(async () => {
    const digits = cardDigits(card);
    setIsMistyped(digits === undefined);
    const shippingAddress = await delivery.settle();
    if (digits === undefined || shippingAddress === undefined) return;
    const orderId = await placeOrder({ items: [...cart.value], card: digits, shippingAddress });
    nowUnderWay(orderId);
    navigate(paths.order(orderId));
  });
  const changeCard = (typed: string) => {
    setCard(groupDigits(typed));
    setIsMistyped(false);
  };
  const cardError = isMistyped ? t('checkout.card.invalid') : explainField(locale.value, error, '/number');
  return (
    <form class="checkout" onSubmit={submit} noValidate>
      <DeliveryForm delivery={delivery} error={error} />
      <div>
        <Summary cart={priced} />
        <section class="panel form">
          <h2>{t('checkout.payment')}</h2>
          <Field
            label={t('checkout.card')}
            value={card}
            onInput={changeCard}
            error={cardError}
            inputMode="numeric"
            autocomplete="cc-number"
            placeholder="0000 0000 0000 0000"
            maxLength={23}
          />
          <TestCards chosen={cardDigits(card)} onChoose={changeCard} />
          {error !== undefined && cardError === undefined && <PaymentProblem error={error} />}
          <button type="submit" class="button button-primary button-wide" disabled={isSending || !canOrder(priced)}>
            {isSending ? t('checkout.paying') : t('checkout.pay', { total: formatYen(priced.totalYen ?? 0) })}
          </button>
        </section>
      </div>
    </form>
  );
}

function Summary({ cart: { items, totalYen, prices } }: { cart: PricedCart }) {
  return (
    <section class="panel">
      <h2>{t('checkout.summary')}</h2>
      {prices === 'missing' && <Notice>{t('cart.noPrices')}</Notice>}
      <ul class="summary">
        {items.map(({ productId, quantity, name, unitPriceYen, stock }) => (
          <li key={productId}>
            <span>
              {name ? local(name) : productId} <small>× {quantity}</small>
              {stock !== undefined && stock < quantity && <small class="field-error">{t('cart.short', { count: stock })}</small>}
            </span>
            {unitPriceYen !== undefined && <Price yen={unitPriceYen * quantity} />}
          </li>
        ))}
      </ul>
      {totalYen !== undefined && (
        <p class="total">
          <span>{t('cart.total')}</span> <Price yen={totalYen} />
        </p>
      )}
    </section>
  );
}

function PaymentProblem({ error }: { error: unknown }) {
  if (error instanceof ApiError && error.outcomeIsUnknown) {
    return (
      <div class="notice notice-error" role="alert">
        {t('checkout.unknown')}
      </div>
    );
  }
  return <ErrorNotice error={error} />;
}
