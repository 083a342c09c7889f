/** Any error in words for a person: by its stable code in their language, else the service's own detail, else what we can say. */
import { ApiError } from '../api/problem.ts';
import { hasMessage, type Locale, message } from './messages.ts';

export function explain(locale: Locale, error: unknown): string {
  if (!(error instanceof ApiError)) return message(locale, 'error.unexpected-answer');
  if (error.failure !== undefined) return message(locale, `error.${error.failure}`);
  if (error.status === 429) return message(locale, 'error.tooMany');
  if (error.status === 503 || error.status === 502 || error.status === 504) return message(locale, 'error.unavailable');
  const { detail, title } = error.problem;
  return byCode(locale, error) ?? detail ?? title ?? message(locale, 'error.other', { status: error.status });
}

/** What is wrong with one field of the request body, by its JSON pointer. Services speak English. */
export function explainField(locale: Locale, error: unknown, pointer: string): string | undefined {
  if (!(error instanceof ApiError)) return undefined;
  const detail = error.problem.errors?.find((field) => field.pointer === `#${pointer}`)?.detail;
  if (detail === undefined) return undefined;
  return byCode(locale, error) ?? (locale === 'en' ? detail : message(locale, 'error.field'));
}

function byCode(locale: Locale, { code }: ApiError): string | undefined {
  const key = `problem.${code ?? ''}`;
  return hasMessage(key) ? message(locale, key) : undefined;
}
