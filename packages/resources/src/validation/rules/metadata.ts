/** What holds for the metadata of every kind. */
import type { Cursor } from '../cursor.ts';
import type { FieldError } from '../field-error.ts';
import { dns1035Errors, dnsLabelErrors, dnsSubdomainErrors, labelErrors } from './names.ts';

const nameRules: Record<string, (name: Cursor) => FieldError[]> = { Namespace: dnsLabelErrors, Service: dns1035Errors };

export function metadataErrors(resource: Cursor, kind: string): FieldError[] {
  const metadata = resource.at('metadata');
  return [
    ...(nameRules[kind] ?? dnsSubdomainErrors)(metadata.at('name')),
    ...dnsLabelErrors(metadata.at('namespace')),
    ...labelErrors(metadata.at('labels')),
  ];
}
