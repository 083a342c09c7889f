/** Why an order was cancelled, in words. */
import { t } from '../i18n/locale.ts';
import { hasMessage } from '../i18n/messages.ts';

/** `reason` is the stable code that services give. */
export function reasonText(reason: string): string {
  const key = `reason.${reason}`;
  return hasMessage(key) ? t(key) : t('reason.other', { reason });
}
