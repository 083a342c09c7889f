/** Why an order was cancelled, and what can be done about it, in words. */
import { t } from '../i18n/locale.ts';
import { hasMessage } from '../i18n/messages.ts';

/** `reason` is the stable code that services give. */
export function reasonText(reason: string): string {
  const key = `reason.${reason}`;
  return hasMessage(key) ? t(key) : t('reason.other', { reason });
}

export function adviceText(reason: string): string {
  const key = `advice.${reason}`;
  return t(hasMessage(key) ? key : 'advice.other');
}
