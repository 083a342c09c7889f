/** What is shown in place of a cart without anything in it. */
import { t } from '../i18n/locale.ts';
import { paths } from '../router/routes.ts';
import { Empty } from '../ui/empty.tsx';

export function EmptyCart() {
  return (
    <Empty title={t('cart.empty')}>
      <a class="button" href={paths.catalogue()}>
        {t('cart.continue')}
      </a>
    </Empty>
  );
}
