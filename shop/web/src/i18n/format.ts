/** Money and time as people read them. */
import type { Locale } from './messages.ts';

/** `¥1,234` in both languages: the half-width sign, as Japanese shops write it on the web. */
export function formatYen(yen: number): string {
  const digits = Math.abs(yen).toLocaleString('en');
  return yen < 0 ? `−¥${digits}` : `¥${digits}`;
}

/** Date and time of an RFC 3339 instant in the person's own time zone; empty when it is not one. */
export function formatDateTime(locale: Locale, instant: string): string {
  const date = new Date(instant);
  if (Number.isNaN(date.getTime())) return '';
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(date);
}

/** The day of an RFC 3339 instant in the person's own time zone, in full; empty when it is not one. */
export function formatDate(locale: Locale, instant: string): string {
  const date = new Date(instant);
  return Number.isNaN(date.getTime()) ? '' : new Intl.DateTimeFormat(locale, { dateStyle: 'long' }).format(date);
}

/** Date and time to the second, where order matters. Empty when it is not an instant. */
export function formatTime(locale: Locale, instant: string): string {
  const date = new Date(instant);
  if (Number.isNaN(date.getTime())) return '';
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' }).format(date);
}

/** How long something took: `340 ms`, `2.4 s`. Empty unless both ends are known. */
export function formatElapsed(startedAt: string | undefined, completedAt: string | undefined): string {
  if (startedAt === undefined || completedAt === undefined) return '';
  const elapsedMs = Date.parse(completedAt) - Date.parse(startedAt);
  if (Number.isNaN(elapsedMs)) return '';
  return elapsedMs < 1000 ? `${Math.max(0, elapsedMs)} ms` : `${(elapsedMs / 1000).toFixed(1)} s`;
}
