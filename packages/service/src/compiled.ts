/** Validators made from schemas, each once: checking with one takes microseconds, interpreting the schema ten times that. */
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';

const validators = new WeakMap<TSchema, ReturnType<typeof Compile>>();

/** For schemas that are constants of the program. */
export function compiled(schema: TSchema): ReturnType<typeof Compile> {
  const known = validators.get(schema);
  if (known) return known;
  const validator = Compile(schema);
  validators.set(schema, validator);
  return validator;
}
