/** Shows the page of the address. */
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../i18n/locale.ts';
import { route } from '../router/navigation.ts';
import { paths, type Route } from '../router/routes.ts';
import { useTitle } from '../ui/page.ts';
import { Shell } from '../ui/shell.tsx';
import { AddressesPage } from './addresses-page.tsx';
import { CartPage } from './cart-page.tsx';
import { CataloguePage } from './catalogue-page.tsx';
import { CheckoutPage } from './checkout-page.tsx';
import { InvoicePage } from './invoice-page.tsx';
import { MailboxPage } from './mailbox-page.tsx';
import { OrderPage } from './order-page.tsx';
import { OrdersPage } from './orders-page.tsx';
import { ProductPage } from './product-page.tsx';
import { SignInPage } from './sign-in-page.tsx';
import { SignUpPage } from './sign-up-page.tsx';

export function App() {
  useFocusOnNewPage(route.value);
  return <Shell>{pageOf(route.value)}</Shell>;
}

function pageOf(shown: Route) {
  switch (shown.page) {
    case 'catalogue':
      return <CataloguePage q={shown.q} category={shown.category} number={shown.number} />;
    case 'product':
      return <ProductPage key={shown.id} id={shown.id} />;
    case 'cart':
      return <CartPage />;
    case 'checkout':
      return <CheckoutPage />;
    case 'sign-in':
      return <SignInPage next={shown.next} />;
    case 'sign-up':
      return <SignUpPage next={shown.next} />;
    case 'orders':
      return <OrdersPage />;
    case 'order':
      return <OrderPage key={shown.id} id={shown.id} />;
    case 'invoice':
      return <InvoicePage key={shown.orderId} orderId={shown.orderId} />;
    case 'addresses':
      return <AddressesPage />;
    case 'mailbox':
      return <MailboxPage orderId={shown.orderId} />;
    case 'not-found':
      return <NotFoundPage />;
  }
}

function NotFoundPage() {
  useTitle(t('error.notFound'));
  return (
    <section class="page page-narrow">
      <h1>{t('error.notFound')}</h1>
      <p>
        <a href={paths.catalogue()}>{t('product.back')}</a>
      </p>
    </section>
  );
}

/** A link to another page moves the keyboard there too, as loading a page would. Not at first, and not while searching. */
function useFocusOnNewPage(shown: Route): void {
  const place = shown.page === 'product' || shown.page === 'order' ? `${shown.page} ${shown.id}` : shown.page;
  const previous = useRef(place);
  useEffect(() => {
    if (previous.current === place) return;
    previous.current = place;
    document.getElementById('main')?.focus({ preventScroll: true });
  }, [place]);
}
