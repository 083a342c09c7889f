/** The names of a set of resources, and what to say of a name that is not among them. */
import type { Resource } from '../model.ts';
import { kindKeyOf } from '../registry.ts';
import { show } from './against-schema.ts';
import { Cursor } from './cursor.ts';
import type { FieldError } from './field-error.ts';
import { nearMatch } from './near-match.ts';

/** The names of each kind in each namespace. */
export class NameIndex {
  readonly resources: readonly Resource[];
  readonly #names = new Map<string, string[]>();

  constructor(resources: readonly Resource[]) {
    this.resources = resources;
    for (const resource of resources) {
      const key = `${kindKeyOf(resource)}/${namespaceOf(resource)}`;
      this.#names.set(key, [...(this.#names.get(key) ?? []), resource.metadata.name]);
    }
  }

  /** A warning when the set has no such resource; `key` is its kind's `kindKey`. */
  missing(key: string, namespace: string, place: Cursor, name = place.text): FieldError[] {
    const names = this.#names.get(`${key}/${namespace}`) ?? [];
    if (name === undefined || name === '' || names.includes(name)) return [];
    const near = nearMatch(name, names);
    const [kind = key] = key.split('.');
    const message = `names the ${kind} ${name}, which is not in these manifests${namespace === '' ? '' : ` (namespace ${namespace})`}`;
    return [place.invalid(message, near === undefined ? 'it must come from elsewhere' : `did you mean ${near}?`)];
  }
}

/** A warning when the Service is in the set and has no such port. */
export function servicePortErrors(port: Cursor, namespace: string, name: string, index: NameIndex): FieldError[] {
  const service = index.resources.find(
    (resource) => resource.kind === 'Service' && namespaceOf(resource) === namespace && resource.metadata.name === name,
  );
  const ports = new Cursor(service)
    .at('spec', 'ports')
    .items()
    .map((item) => item.at('port').number);
  if (!port.exists || ports.includes(port.number)) return [];
  return [port.invalid(`names port ${show(port.value)}, which Service ${name} does not have`, `it has ${ports.join(', ')}`)];
}

/** As it will be stored: `''` for kinds without a namespace. */
export function namespaceOf({ metadata }: Resource): string {
  return metadata.namespace ?? '';
}
