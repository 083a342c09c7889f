/** What is shown in place of a cart without anything in it. */
import { t } from '../i18n/locale.ts';
import { paths } from '../router/routes.ts';

export function EmptyCart() {
  return (
    <div class="empty">
      <p class="empty-title">{t('cart.empty')}</p>
      <a class="button" href={paths.catalogue()}>
        {t('cart.continue')}
      </a>
    </div>
  );
}
