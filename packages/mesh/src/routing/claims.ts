/**
 * Claims of a verified token, as rules name them: VirtualServices by `@request.auth.claims.group` or `@request.auth.claims[group]` in
 * the place of a header, policies by `request.auth.claims[group]`. Pure.
 */

const prefix = '@request.auth.claims';

/** The path that stands in the place of a header name; undefined when it is a header's. */
export function claimPath(name: string): string[] | undefined {
  if (!name.startsWith(prefix)) return undefined;
  const rest = name.slice(prefix.length);
  return rest.startsWith('.') ? rest.slice(1).split('.') : bracketed(rest);
}

/** `[realm_access][roles]` → realm_access, roles. */
export function bracketed(text: string): string[] {
  return [...text.matchAll(/\[([^\][]+)\]/g)].map(([, name = '']) => name);
}

/** A claim of that very name, or by its path into nested ones; undefined when there is none. */
export function claimAt(claims: Readonly<Record<string, unknown>>, path: readonly string[]): unknown {
  const whole = path.join('.');
  if (Object.hasOwn(claims, whole)) return claims[whole];
  return path.reduce<unknown>((at, name) => (isRecord(at) && Object.hasOwn(at, name) ? at[name] : undefined), claims);
}

/** What a claim says, each item of a list on its own. */
export function claimTexts(claim: unknown): string[] {
  const items: unknown[] = Array.isArray(claim) ? claim : [claim];
  return items.flatMap((item) =>
    typeof item === 'string' || typeof item === 'number' || typeof item === 'boolean' ? [String(item)] : [],
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
