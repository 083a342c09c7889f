/**
 * The order this browser placed last, until it is decided. Its goods stay in the cart so long, for it may come to nothing; who looks at
 * the cart meanwhile is told why, lest they order twice.
 */
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { accountCart } from '../cart/cart-store.ts';
import { t } from '../i18n/locale.ts';
import { paths } from '../router/routes.ts';
import { Notice } from '../ui/notice.tsx';
import { isDecided, standingOf } from './standing.ts';
import { useOrder } from './use-order.ts';

const storageKey = 'hikyaku.underWay';
const orderId = signal(sessionStorage.getItem(storageKey) ?? undefined);

export function nowUnderWay(id: string): void {
  sessionStorage.setItem(storageKey, id);
  orderId.value = id;
}

export function decided(id: string): void {
  if (orderId.value !== id) return;
  sessionStorage.removeItem(storageKey);
  orderId.value = undefined;
}

/** Nothing when no order is under way. */
export function UnderWay() {
  return orderId.value === undefined ? null : <Underway key={orderId.value} id={orderId.value} />;
}

function Underway({ id }: { id: string }) {
  const { progress, error } = useOrder(id);
  const standing = progress && standingOf(progress);
  const isOver = error !== undefined || (standing !== undefined && isDecided(standing));
  useEffect(() => {
    if (!isOver) return;
    decided(id);
    // The outcome is in the store.
    accountCart.load().catch(() => undefined);
  }, [isOver]);
  if (standing === undefined || isOver) return null;
  return (
    <Notice>
      <p>{t(standing === 'consent' ? 'cart.underWay.consent' : 'cart.underWay')}</p>
      <a class="button" href={paths.order(id)}>
        {t('cart.underWay.go')}
      </a>
    </Notice>
  );
}
