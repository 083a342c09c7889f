/** Any error in words for a person: the service's own detail where it gave one, else what we can say. */
import { ApiError } from '../api/problem.ts';
import { type Locale, message } from './messages.ts';

export function explain(locale: Locale, error: unknown): string {
  if (!(error instanceof ApiError)) return message(locale, 'error.unexpected-answer');
  if (error.failure !== undefined) return message(locale, `error.${error.failure}`);
  if (error.status === 429) return message(locale, 'error.tooMany');
  if (error.status === 503 || error.status === 502 || error.status === 504) return message(locale, 'error.unavailable');
  const { detail, title } = error.problem;
  return detail ?? title ?? message(locale, 'error.other', { status: error.status });
}

/** What the service said about one field of the request body, by its JSON pointer. */
export function explainField(error: unknown, pointer: string): string | undefined {
  return error instanceof ApiError ? error.problem.errors?.find((field) => field.pointer === `#${pointer}`)?.detail : undefined;
}
