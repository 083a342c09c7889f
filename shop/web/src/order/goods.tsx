/** What can be done with the goods of an order that is over: they are in the cart again, or can be put there. */
import { useEffect } from 'preact/hooks';
import type { Order } from '../api/orders.ts';
import { accountCart, cart, putBack } from '../cart/cart-store.ts';
import { t } from '../i18n/locale.ts';
import { navigate } from '../router/navigation.ts';
import { paths } from '../router/routes.ts';
import { ErrorNotice } from '../ui/notice.tsx';
import { useSubmit } from '../ui/use-submit.ts';

/** The shop gives the goods of a cancelled order back to the cart by itself, a moment later. The page has looked when it was cancelled. */
const looksAfterMs = [700, 2500];

export function Goods({ order: { items, status } }: { order: Order }) {
  const isCancelled = status === 'cancelled';
  useEffect(() => {
    if (!isCancelled) return undefined;
    // What comes of asking is in the store.
    const look = () => void accountCart.load().catch(() => undefined);
    const timers = looksAfterMs.map((afterMs) => setTimeout(look, afterMs));
    return () => timers.forEach(clearTimeout);
  }, [isCancelled]);
  const { isSending, error, submit } = useSubmit(async () => {
    await putBack(items.map(({ productId, quantity }) => ({ productId, quantity })));
    navigate(paths.cart);
  });
  const isInCart = items.every((item) =>
    cart.value.some(({ productId, quantity }) => productId === item.productId && quantity >= item.quantity),
  );
  if (isCancelled && isInCart) {
    return (
      <a class="button button-primary" href={paths.cart}>
        {t('order.inCart')}
      </a>
    );
  }
  return (
    <form onSubmit={submit}>
      {error !== undefined && <ErrorNotice error={error} />}
      <button type="submit" class={isCancelled ? 'button button-primary' : 'button'} disabled={isSending}>
        {t(isCancelled ? 'order.refill' : 'order.buyAgain')}
      </button>
    </form>
  );
}
