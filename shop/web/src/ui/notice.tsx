/** What people are told when something went wrong or has to be waited for. */
import type { ComponentChildren } from 'preact';
import { explain } from '../i18n/explain.ts';
import { locale, t } from '../i18n/locale.ts';

/** An error in words, with a way to try again where there is one. */
export function ErrorNotice({ error, onRetry }: { error: unknown; onRetry?: (() => void) | undefined }) {
  return (
    <div class="notice notice-error" role="alert">
      <p>
        <strong>{t('error.title')}</strong>
        <br />
        {explain(locale.value, error)}
      </p>
      {onRetry && (
        <button type="button" class="button" onClick={onRetry}>
          {t('error.retry')}
        </button>
      )}
    </div>
  );
}

export function Notice({ children }: { children: ComponentChildren }) {
  return (
    <div class="notice" role="status">
      {children}
    </div>
  );
}

export function Loading() {
  return (
    <p class="loading" role="status">
      <span class="loading-dots" aria-hidden="true" />
      {t('loading')}
    </p>
  );
}
