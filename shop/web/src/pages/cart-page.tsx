/** The cart: change how many, take things out, go to checkout. */
import type { CartItem, PricedCart } from '../api/cart.ts';
import { canOrder } from '../cart/cart.ts';
import { change } from '../cart/cart-store.ts';
import { EmptyCart } from '../cart/empty-cart.tsx';
import { usePricedCart } from '../cart/use-priced-cart.ts';
import { local, t } from '../i18n/locale.ts';
import { UnderWay } from '../order/under-way.tsx';
import { guessCategory } from '../pictures/categories.ts';
import { Picture } from '../pictures/picture.tsx';
import { paths } from '../router/routes.ts';
import { ErrorNotice, Loading, Notice } from '../ui/notice.tsx';
import { useTitle } from '../ui/page.ts';
import { Price } from '../ui/price.tsx';
import { Quantity } from '../ui/quantity.tsx';

export function CartPage() {
  useTitle(t('cart.title'));
  const { value, error, reload } = usePricedCart();
  return (
    <section class="page page-medium">
      <h1>{t('cart.title')}</h1>
      <UnderWay />
      {error !== undefined && <ErrorNotice error={error} onRetry={reload} />}
      {value === undefined && error === undefined && <Loading />}
      {value !== undefined && (value.items.length === 0 ? <EmptyCart /> : <FilledCart cart={value} />)}
    </section>
  );
}

function FilledCart({ cart }: { cart: PricedCart }) {
  return (
    <>
      {cart.prices === 'missing' && <Notice>{t('cart.noPrices')}</Notice>}
      <ul class="lines">
        {cart.items.map((item) => (
          <li key={item.productId} class="line">
            <Line item={item} />
          </li>
        ))}
      </ul>
      <p class="total">
        <span>{t('cart.total')}</span> {cart.totalYen !== undefined && <Price yen={cart.totalYen} />}
      </p>
      <p class="actions">
        <a class="button" href={paths.catalogue()}>
          {t('cart.continue')}
        </a>
        {canOrder(cart) && (
          <a class="button button-primary" href={paths.checkout}>
            {t('cart.checkout')}
          </a>
        )}
      </p>
    </>
  );
}

function Line({ item }: { item: CartItem }) {
  const { productId, quantity, unitPriceYen, stock, available } = item;
  const name = item.name ? local(item.name) : productId;
  return (
    <>
      <a class="line-picture" href={paths.product(productId)} tabIndex={-1} aria-hidden="true">
        <Picture id={productId} category={guessCategory(productId)} />
      </a>
      <div class="line-text">
        <a href={paths.product(productId)}>{name}</a>
        <Shortage item={item} />
      </div>
      {available !== false && (
        <Quantity
          label={t('cart.quantity.label', { name })}
          value={quantity}
          max={Math.max(stock ?? quantity, 1)}
          onChange={(wanted) => set(productId, wanted)}
        />
      )}
      <div class="line-price">{unitPriceYen !== undefined && <Price yen={unitPriceYen * quantity} />}</div>
      <button type="button" class="quiet" aria-label={t('cart.remove.label', { name })} onClick={() => set(productId, 0)}>
        {t('cart.remove')}
      </button>
    </>
  );
}

/** What goes wrong shows above the lines: the cart knows it. */
function set(productId: string, quantity: number): void {
  change(productId, quantity).catch(() => undefined);
}

function Shortage({ item: { available, stock, quantity } }: { item: CartItem }) {
  if (available === false) return <p class="field-error">{t('cart.gone')}</p>;
  if (stock === undefined) return null;
  if (stock <= 0) return <p class="field-error">{t('product.stock.none')}</p>;
  if (stock < quantity) return <p class="field-error">{t('cart.short', { count: stock })}</p>;
  return null;
}
