/**
 * Reads Envoy configuration inside of an EnvoyFilter, which no schema has checked: what is not of the form asked for is absent. Names
 * may be written as in the protocol buffers (`fill_interval`) or as in their JSON form (`fillInterval`).
 */
import { parseDurationMs } from '@hikyaku/resources';

export function field(value: unknown, ...path: string[]): unknown {
  return path.reduce((at, name) => (isRecord(at) ? (at[name] ?? at[camelCase(name)]) : undefined), value);
}

export function textAt(value: unknown, ...path: string[]): string | undefined {
  const found = field(value, ...path);
  return typeof found === 'string' ? found : undefined;
}

export function numberAt(value: unknown, ...path: string[]): number | undefined {
  const found = field(value, ...path);
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined;
}

export function flagAt(value: unknown, ...path: string[]): boolean | undefined {
  const found = field(value, ...path);
  return typeof found === 'boolean' ? found : undefined;
}

export function listAt(value: unknown, ...path: string[]): unknown[] {
  const found = field(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** Undefined also for a text that is no duration. */
export function durationMsAt(value: unknown, ...path: string[]): number | undefined {
  const found = textAt(value, ...path);
  if (found === undefined) return undefined;
  try {
    return parseDurationMs(found);
  } catch {
    return undefined;
  }
}

/** The name of the one member that says of which kind a value is, as the protocol buffers write it. */
export function kindOf(value: unknown): string {
  const [name = ''] = isRecord(value) ? Object.keys(value) : [];
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The configuration of a filter, which Istio's examples wrap in a TypedStruct. */
export function typedConfig(value: unknown): unknown {
  return textAt(value, 'type_url') === undefined ? value : field(value, 'value');
}

/** The last part of a configuration's type: `LocalRateLimit`. */
export function typeOf(value: unknown): string {
  const url = textAt(value, 'type_url') ?? textAt(value, '@type') ?? '';
  return url.slice(url.lastIndexOf('.') + 1);
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
