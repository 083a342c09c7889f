/** The shop's front: search, categories, products, pages. Its state is its address. */
import { useEffect, useState } from 'preact/hooks';
import { api } from '../api/index.ts';
import type { Product, ProductPage } from '../api/shop.ts';
import { local, t } from '../i18n/locale.ts';
import { categories } from '../pictures/categories.ts';
import { Picture } from '../pictures/picture.tsx';
import { navigate, replace } from '../router/navigation.ts';
import { paths } from '../router/routes.ts';
import { Hero } from '../ui/hero.tsx';
import { ErrorNotice, Loading } from '../ui/notice.tsx';
import { useTitle } from '../ui/page.ts';
import { Price } from '../ui/price.tsx';
import { Stock } from '../ui/stock.tsx';
import { useLoad } from '../ui/use-load.ts';

interface CatalogueProps {
  q: string;
  category: string;
  number: number;
}

const typingPauseMs = 250;

export function CataloguePage(props: CatalogueProps) {
  const { q, category, number } = props;
  const isFront = q === '' && category === '' && number === 1;
  useTitle(q);
  const { value, error, isLoading, reload } = useLoad(JSON.stringify(props), (signal) =>
    api.products({ q, category, page: number }, signal),
  );
  return (
    <>
      {isFront && <Hero />}
      <section class="page">
        <h1 class="visually-hidden">{t('shop.name')}</h1>
        <Search {...props} />
        <Categories {...props} />
        {error !== undefined && <ErrorNotice error={error} onRetry={reload} />}
        {value === undefined && isLoading && <Loading />}
        {value !== undefined && error === undefined && <Results {...props} found={value} isStale={isLoading} />}
      </section>
    </>
  );
}

function Search({ q, category }: CatalogueProps) {
  const [typed, setTyped] = useState(q);
  useEffect(() => setTyped(q), [q]);
  useEffect(() => {
    if (typed === q) return;
    const timer = setTimeout(() => replace(paths.catalogue({ q: typed, category })), typingPauseMs);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <form
      class="search"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        navigate(paths.catalogue({ q: typed, category }));
      }}
    >
      <svg viewBox="0 0 24 24" class="icon" aria-hidden="true">
        <path d="M10.5 4a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13M15.5 15.5 21 21" />
      </svg>
      <input
        type="search"
        value={typed}
        maxLength={100}
        aria-label={t('catalogue.search')}
        placeholder={t('catalogue.search.placeholder')}
        onInput={(event) => setTyped(event.currentTarget.value)}
      />
    </form>
  );
}

function Categories({ q, category }: CatalogueProps) {
  return (
    <nav class="chips" aria-label={t('catalogue.categories')}>
      {['', ...categories].map((one) => (
        <a
          key={one}
          class="chip"
          href={paths.catalogue({ q, category: one })}
          aria-current={one === category ? 'true' : undefined}
        >
          {t(one === '' ? 'category.all' : `category.${one as (typeof categories)[number]}`)}
        </a>
      ))}
    </nav>
  );
}

function Results({ found, isStale, ...props }: CatalogueProps & { found: ProductPage; isStale: boolean }) {
  if (found.items.length === 0) return <NothingFound q={props.q} />;
  return (
    <>
      <p class="count" role="status">
        {t(found.total === 1 ? 'catalogue.count.one' : 'catalogue.count', { count: found.total })}
      </p>
      <ul class="grid" aria-busy={isStale} aria-label={t('catalogue.results')}>
        {found.items.map((product) => (
          <li key={product.id}>
            <Card product={product} />
          </li>
        ))}
      </ul>
      <Pages {...props} pages={Math.ceil(found.total / found.pageSize)} />
    </>
  );
}

function Card({ product }: { product: Product }) {
  return (
    <a class="card" href={paths.product(product.id)}>
      <Picture id={product.id} category={product.category} />
      <span class="card-name">{local(product.name)}</span>
      <span class="card-foot">
        <Price yen={product.priceYen} />
        {product.stock <= 10 && <Stock count={product.stock} />}
      </span>
    </a>
  );
}

function Pages({ q, category, number, pages }: CatalogueProps & { pages: number }) {
  if (pages <= 1) return null;
  const link = (to: number, text: string, rel: string) =>
    to >= 1 && to <= pages ? (
      <a class="button" rel={rel} href={paths.catalogue({ q, category, number: to })}>
        {text}
      </a>
    ) : (
      <span />
    );
  return (
    <nav class="pages" aria-label={t('catalogue.pages')}>
      {link(number - 1, t('catalogue.previous'), 'prev')}
      <span>{t('catalogue.page', { page: number, pages })}</span>
      {link(number + 1, t('catalogue.next'), 'next')}
    </nav>
  );
}

function NothingFound({ q }: { q: string }) {
  return (
    <div class="empty" role="status">
      <p class="empty-title">{t('catalogue.none', { q })}</p>
      <p>{t('catalogue.none.hint')}</p>
      <a class="button" href={paths.catalogue()}>
        {t('catalogue.none.reset')}
      </a>
    </div>
  );
}
