/** Paying: what is bought, with which card, once. */
import { useState } from 'preact/hooks';
import { ApiError } from '../api/problem.ts';
import { totalYen } from '../cart/cart.ts';
import { cart, empty } from '../cart/cart-store.ts';
import { useCartProducts } from '../cart/use-cart-products.ts';
import { cardDigits, groupDigits, testCards } from '../checkout/card.ts';
import { placeOrder } from '../checkout/place-order.ts';
import { explainField } from '../i18n/explain.ts';
import { formatYen } from '../i18n/format.ts';
import { local, t } from '../i18n/locale.ts';
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
        {cart.value.length === 0 ? <Notice>{t('cart.empty')}</Notice> : <Checkout />}
      </section>
    </RequireSignIn>
  );
}

function Checkout() {
  const { value: products, error, reload } = useCartProducts();
  if (error !== undefined) return <ErrorNotice error={error} onRetry={reload} />;
  if (products === undefined) return <Loading />;
  const lines = cart.value.map((line) => ({ ...line, product: products.get(line.productId) }));
  const total = totalYen(cart.value, (id) => products.get(id)?.priceYen ?? 0);
  return (
    <div class="checkout">
      <section class="panel">
        <h2>{t('checkout.summary')}</h2>
        <ul class="summary">
          {lines.map(({ productId, quantity, product }) => (
            <li key={productId}>
              <span>
                {product ? local(product.name) : productId} <small>× {quantity}</small>
              </span>
              <Price yen={(product?.priceYen ?? 0) * quantity} />
            </li>
          ))}
        </ul>
        <p class="total">
          <span>{t('cart.total')}</span> <Price yen={total} />
        </p>
      </section>
      <Payment total={total} />
    </div>
  );
}

function Payment({ total }: { total: number }) {
  const [card, setCard] = useState('');
  const [isMistyped, setIsMistyped] = useState(false);
  const { isSending, error, submit } = useSubmit(async () => {
    const digits = cardDigits(card);
    setIsMistyped(digits === undefined);
    if (digits === undefined) return;
    const orderId = await placeOrder(cart.value, digits);
    empty();
    navigate(paths.order(orderId));
  });
  const changeCard = (typed: string) => {
    setCard(groupDigits(typed));
    setIsMistyped(false);
  };
  const cardError = isMistyped
    ? t('checkout.card.invalid')
    : (explainField(error, '/card') ?? explainField(error, '/card/number'));
  return (
    <form class="panel form" onSubmit={submit} noValidate>
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
      <button type="submit" class="button button-primary button-wide" disabled={isSending}>
        {isSending ? t('checkout.paying') : t('checkout.pay', { total: formatYen(total) })}
      </button>
    </form>
  );
}

function TestCards({ chosen, onChoose }: { chosen: string | undefined; onChoose: (number: string) => void }) {
  return (
    <fieldset class="test-cards">
      <legend>{t('checkout.card.test')}</legend>
      <p>{t('checkout.card.test.hint')}</p>
      <div class="chips">
        {testCards.map(({ outcome, number }) => (
          <button
            key={outcome}
            type="button"
            class="chip"
            data-outcome={outcome}
            aria-pressed={number === chosen}
            onClick={() => onChoose(number)}
          >
            {t(`checkout.card.${outcome}`)}
          </button>
        ))}
      </div>
    </fieldset>
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
