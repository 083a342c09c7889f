/**
 * Names, labels and keys, as Kubernetes restricts them so that they can be DNS names and file names.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
 */
import { show } from '../against-schema.ts';
import type { Cursor } from '../cursor.ts';
import type { FieldError } from '../field-error.ts';

const label = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?';
const dnsLabel = new RegExp(`^${label}$`);
const dnsLabel1035 = /^[a-z](?:[-a-z0-9]*[a-z0-9])?$/;
const dnsSubdomain = new RegExp(`^${label}(?:\\.${label})*$`);
const qualifiedName = /^(?:[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const labelValue = /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const dataKey = /^[-._A-Za-z0-9]{1,253}$/;
const serviceName = /^(?=.*[a-z])[a-z0-9](?:[a-z0-9]|-(?=[a-z0-9])){0,14}$/;

/** RFC 1123 label: 63 characters of a-z, 0-9 and `-` within. */
export function dnsLabelErrors(name: Cursor): FieldError[] {
  return check(
    name,
    (text) => text.length <= 63 && dnsLabel.test(text),
    'must be a DNS label: at most 63 of a-z, 0-9 and - (not first or last)',
  );
}

/** RFC 1035 label, which may not begin with a digit: Service names. */
export function dns1035Errors(name: Cursor): FieldError[] {
  return check(
    name,
    (text) => text.length <= 63 && dnsLabel1035.test(text),
    'must be a DNS label that begins with a letter: at most 63 of a-z, 0-9 and -',
  );
}

export function dnsSubdomainErrors(name: Cursor): FieldError[] {
  return check(
    name,
    (text) => text.length <= 253 && dnsSubdomain.test(text),
    'must be a DNS name: a-z, 0-9, - and . with a letter or digit at both ends',
  );
}

/** IANA_SVC_NAME (RFC 6335): port names. */
export function portNameErrors(name: Cursor): FieldError[] {
  return check(
    name,
    (text) => serviceName.test(text),
    'must have at most 15 of a-z, 0-9 and single -, at least one of them a letter',
  );
}

export function dataKeyErrors(key: string, at: Cursor): FieldError[] {
  return dataKey.test(key) ? [] : [at.invalid('has a key that is no file name: letters, digits, -, _ and . only')];
}

export function labelErrors(labels: Cursor): FieldError[] {
  return labels
    .members()
    .flatMap(([key, value]) => [
      ...(qualifiedName.test(key)
        ? []
        : [value.invalid('is not a label name: [prefix/]name of at most 63 letters, digits, -, _ and .')]),
      ...check(value, (text) => labelValue.test(text), 'must be a label value: at most 63 letters, digits, -, _ and .'),
    ]);
}

/** Names that occur more than once among `places`; each after the first is one mistake. */
export function duplicateErrors(places: Cursor[]): FieldError[] {
  const seen = new Set<unknown>();
  return places.flatMap((place) => {
    if (!place.exists) return [];
    if (seen.has(place.value)) return [place.invalid(`is there twice: ${show(place.value)}`)];
    seen.add(place.value);
    return [];
  });
}

function check(place: Cursor, isValid: (text: string) => boolean, message: string): FieldError[] {
  const { text } = place;
  return text === undefined || isValid(text) ? [] : [place.invalid(`${message}, got ${show(text)}`)];
}
