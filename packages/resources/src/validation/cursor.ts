/**
 * A place inside a value of unknown shape that knows its path. Rules walk resources with it: what is absent or of another type reads as
 * nothing, since the schema check has its own word on that.
 */
import { isMapping } from './against-schema.ts';
import { fieldError, required, type FieldError, type FieldPath } from './field-error.ts';

export class Cursor {
  readonly value: unknown;
  readonly path: FieldPath;

  constructor(value: unknown, path: FieldPath = []) {
    this.value = value;
    this.path = path;
  }

  at(...names: string[]): Cursor {
    return names.reduce<Cursor>((cursor, name) => {
      const member = isMapping(cursor.value) && Object.hasOwn(cursor.value, name) ? cursor.value[name] : undefined;
      return new Cursor(member, [...cursor.path, name]);
    }, this);
  }

  /** Null counts as absent, as in the Kubernetes API. */
  get exists(): boolean {
    return this.value !== undefined && this.value !== null;
  }

  get text(): string | undefined {
    return typeof this.value === 'string' ? this.value : undefined;
  }

  get number(): number | undefined {
    return typeof this.value === 'number' ? this.value : undefined;
  }

  items(): Cursor[] {
    return Array.isArray(this.value) ? this.value.map((item: unknown, index) => new Cursor(item, [...this.path, index])) : [];
  }

  members(): [name: string, member: Cursor][] {
    return isMapping(this.value) ? Object.keys(this.value).map((name) => [name, this.at(name)]) : [];
  }

  /** A map of strings, without what is no string. */
  texts(): Record<string, string> {
    return Object.fromEntries(this.members().flatMap(([name, { text }]) => (text === undefined ? [] : [[name, text]])));
  }

  invalid(message: string, suggestion?: string): FieldError {
    return fieldError(this.path, message, suggestion);
  }

  required(): FieldError {
    return required(this.path);
  }
}
