/**
 * Which of several domains a host belongs to.
 */

/** Exact before the longest wildcard (`*.example.com`), `*` last. `host` is lower case. */
export function domainAmong(domains: ReadonlyMap<string, unknown>, host: string): string | undefined {
  if (domains.has(host)) return host;
  for (let dot = host.indexOf('.'); dot !== -1; dot = host.indexOf('.', dot + 1)) {
    const wildcard = `*${host.slice(dot)}`;
    if (domains.has(wildcard)) return wildcard;
  }
  return domains.has('*') ? '*' : undefined;
}
