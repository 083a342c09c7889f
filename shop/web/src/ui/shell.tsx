/** What is around every page: header, footer, and the region in which news is read out. */
import type { ComponentChildren } from 'preact';
import { pieces } from '../cart/cart-store.ts';
import { t, toggleLocale } from '../i18n/locale.ts';
import { here, navigate, route } from '../router/navigation.ts';
import { paths } from '../router/routes.ts';
import { isSignedIn, signOut } from '../session/session.ts';
import { Courier } from './courier.tsx';
import { announcement } from './page.ts';

export function Shell({ children }: { children: ComponentChildren }) {
  return (
    <>
      <a class="skip" href="#main">
        {t('nav.skip')}
      </a>
      <Header />
      <main id="main" tabIndex={-1}>
        {children}
      </main>
      <Footer />
      <div class="visually-hidden" role="status" aria-live="polite">
        {announcement.value}
      </div>
    </>
  );
}

function Header() {
  return (
    <header class="header">
      <div class="header-inner">
        <a class="brand" href={paths.catalogue()}>
          <Courier />
          <span class="brand-name">飛脚</span>
          <span class="brand-latin">hikyaku</span>
        </a>
        <nav class="nav">
          <Account />
          <button type="button" class="nav-link" aria-label={t('nav.language.label')} onClick={toggleLocale}>
            {t('nav.language')}
          </button>
          <a class="nav-link nav-cart" href={paths.cart} aria-label={t('nav.cart.count', { count: pieces.value })}>
            <Basket />
            {pieces.value > 0 && <span class="badge">{pieces.value}</span>}
          </a>
        </nav>
      </div>
    </header>
  );
}

function Account() {
  if (!isSignedIn.value) {
    return (
      <a class="nav-link" href={paths.signIn(isAccountPage() ? '' : here.value)}>
        {t('nav.signIn')}
      </a>
    );
  }
  return (
    <>
      <a class="nav-link" href={paths.orders}>
        {t('nav.orders')}
      </a>
      <a class="nav-link" href={paths.mailbox()}>
        {t('nav.mailbox')}
      </a>
      <button type="button" class="nav-link" onClick={leave}>
        {t('nav.signOut')}
      </button>
    </>
  );
}

function Basket() {
  return (
    <svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" class="icon">
      <path d="M3 10h18l-2 9.5a1.5 1.5 0 0 1-1.5 1.2h-11A1.5 1.5 0 0 1 5 19.5zM7.5 10 10.5 3.5M16.5 10l-3-6.5M9.5 13.5v4M14.5 13.5v4" />
    </svg>
  );
}

function Footer() {
  return (
    <footer class="footer">
      <p>{t('footer.about')}</p>
      <p>{t('footer.platform')}</p>
    </footer>
  );
}

function isAccountPage(): boolean {
  return route.value.page === 'sign-in' || route.value.page === 'sign-up';
}

function leave(): void {
  signOut();
  navigate(paths.catalogue());
}
