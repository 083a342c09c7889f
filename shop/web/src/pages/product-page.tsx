/** One product: what it is, what it costs, how many there are, and into the cart. */
import { useState } from 'preact/hooks';
import { api } from '../api/index.ts';
import { ApiError } from '../api/problem.ts';
import type { Product } from '../api/shop.ts';
import { add } from '../cart/cart-store.ts';
import { hasMessage } from '../i18n/messages.ts';
import { local, t } from '../i18n/locale.ts';
import { Picture } from '../pictures/picture.tsx';
import { paths } from '../router/routes.ts';
import { ErrorNotice, Loading, Notice } from '../ui/notice.tsx';
import { announce, useTitle } from '../ui/page.ts';
import { Price } from '../ui/price.tsx';
import { Quantity } from '../ui/quantity.tsx';
import { Stock } from '../ui/stock.tsx';
import { useLoad } from '../ui/use-load.ts';
import { useSubmit } from '../ui/use-submit.ts';

export function ProductPage({ id }: { id: string }) {
  const { value, error, reload } = useLoad(id, (signal) => api.product(id, signal));
  useTitle(value ? local(value.name) : '');
  return (
    <section class="page">
      <p class="crumb">
        <a href={paths.catalogue()}>← {t('product.back')}</a>
      </p>
      <Body product={value} error={error} reload={reload} />
    </section>
  );
}

function Body({ product, error, reload }: { product: Product | undefined; error: unknown; reload: () => void }) {
  if (error instanceof ApiError && error.status === 404) return <Notice>{t('error.product')}</Notice>;
  if (error !== undefined) return <ErrorNotice error={error} onRetry={reload} />;
  return product ? <Details product={product} /> : <Loading />;
}

function Details({ product }: { product: Product }) {
  const categoryKey = `category.${product.category}`;
  return (
    <article class="product">
      <Picture id={product.id} category={product.category} />
      <div class="product-text">
        {hasMessage(categoryKey) && (
          <p class="eyebrow">
            <a href={paths.catalogue({ category: product.category })}>{t(categoryKey)}</a>
          </p>
        )}
        <h1>{local(product.name)}</h1>
        <p class="product-description">{local(product.description)}</p>
        <p class="product-price">
          <Price yen={product.priceYen} /> <small>{t('product.tax')}</small>
        </p>
        <p>
          <Stock count={product.stock} />
        </p>
        {product.stock > 0 && <Buy product={product} />}
      </div>
    </article>
  );
}

function Buy({ product }: { product: Product }) {
  const [quantity, setQuantity] = useState(1);
  const [isAdded, setIsAdded] = useState(false);
  const { isSending, error, submit } = useSubmit(async () => {
    setIsAdded(false);
    await add(product.id, quantity);
    setIsAdded(true);
    announce(t('product.added.status', { name: local(product.name) }));
  });
  return (
    <form class="buy" onSubmit={submit}>
      <Quantity label={t('product.quantity')} value={quantity} max={product.stock} onChange={setQuantity} />
      <button type="submit" class="button button-primary" aria-disabled={isSending}>
        {t('product.add')}
      </button>
      {error !== undefined && <ErrorNotice error={error} />}
      {isAdded && (
        <p class="buy-added">
          <span>{t('product.added')}</span> <a href={paths.cart}>{t('nav.cart')} →</a>
        </p>
      )}
    </form>
  );
}
