/** ConfigMaps and Secrets: every key can be a file name, and is there once. */
import type { Cursor } from '../cursor.ts';
import type { FieldError } from '../field-error.ts';
import { dataKeyErrors } from './names.ts';

export function configMapErrors(resource: Cursor): FieldError[] {
  const binary = resource.at('binaryData').members();
  const doubles = binary.filter(([key]) => resource.at('data', key).exists);
  return [
    ...[...resource.at('data').members(), ...binary].flatMap(([key, at]) => dataKeyErrors(key, at)),
    ...doubles.map(([, at]) => at.invalid('is in data as well')),
  ];
}

export function secretErrors(resource: Cursor): FieldError[] {
  return [...resource.at('data').members(), ...resource.at('stringData').members()].flatMap(([key, at]) =>
    dataKeyErrors(key, at),
  );
}
