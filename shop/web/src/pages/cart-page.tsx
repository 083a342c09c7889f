/** The cart: change how many, take things out, go to checkout. */
import type { Product } from '../api/shop.ts';
import { type CartLine, totalYen } from '../cart/cart.ts';
import { cart, change } from '../cart/cart-store.ts';
import { useCartProducts } from '../cart/use-cart-products.ts';
import { local, t } from '../i18n/locale.ts';
import { Picture } from '../pictures/picture.tsx';
import { paths } from '../router/routes.ts';
import { ErrorNotice, Loading } from '../ui/notice.tsx';
import { useTitle } from '../ui/page.ts';
import { Price } from '../ui/price.tsx';
import { Quantity } from '../ui/quantity.tsx';

export function CartPage() {
  useTitle(t('cart.title'));
  return (
    <section class="page page-medium">
      <h1>{t('cart.title')}</h1>
      {cart.value.length === 0 ? <EmptyCart /> : <FilledCart />}
    </section>
  );
}

function EmptyCart() {
  return (
    <div class="empty">
      <p class="empty-title">{t('cart.empty')}</p>
      <a class="button" href={paths.catalogue()}>
        {t('cart.continue')}
      </a>
    </div>
  );
}

function FilledCart() {
  const { value: products, error, reload } = useCartProducts();
  if (error !== undefined) return <ErrorNotice error={error} onRetry={reload} />;
  if (products === undefined) return <Loading />;
  const canOrder = cart.value.every((line) => (products.get(line.productId)?.stock ?? 0) >= line.quantity);
  return (
    <>
      <ul class="lines">
        {cart.value.map((line) => (
          <li key={line.productId} class="line">
            <Line line={line} product={products.get(line.productId)} />
          </li>
        ))}
      </ul>
      <p class="total">
        <span>{t('cart.total')}</span> <Price yen={totalYen(cart.value, (id) => products.get(id)?.priceYen ?? 0)} />
      </p>
      <p class="actions">
        <a class="button" href={paths.catalogue()}>
          {t('cart.continue')}
        </a>
        {canOrder && (
          <a class="button button-primary" href={paths.checkout}>
            {t('cart.checkout')}
          </a>
        )}
      </p>
    </>
  );
}

function Line({ line, product }: { line: CartLine; product: Product | undefined }) {
  const name = product ? local(product.name) : line.productId;
  return (
    <>
      <a class="line-picture" href={paths.product(line.productId)} tabIndex={-1} aria-hidden="true">
        <Picture id={line.productId} category={product?.category ?? ''} />
      </a>
      <div class="line-text">
        <a href={paths.product(line.productId)}>{name}</a>
        <Shortage line={line} product={product} />
      </div>
      {product && (
        <Quantity
          label={t('cart.quantity.label', { name })}
          value={line.quantity}
          max={Math.max(product.stock, 1)}
          onChange={(quantity) => change(line.productId, quantity)}
        />
      )}
      <div class="line-price">{product && <Price yen={product.priceYen * line.quantity} />}</div>
      <button type="button" class="quiet" aria-label={t('cart.remove.label', { name })} onClick={() => change(line.productId, 0)}>
        {t('cart.remove')}
      </button>
    </>
  );
}

function Shortage({ line, product }: { line: CartLine; product: Product | undefined }) {
  if (!product) return <p class="field-error">{t('cart.gone')}</p>;
  if (product.stock <= 0) return <p class="field-error">{t('product.stock.none')}</p>;
  if (product.stock < line.quantity) return <p class="field-error">{t('cart.short', { count: product.stock })}</p>;
  return null;
}
