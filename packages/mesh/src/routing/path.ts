/**
 * Request targets: taken apart, and normalised before anything is decided on them.
 */

export interface Target {
  /** Normalised, begins with `/`; the asterisk form of OPTIONS is `*`. */
  path: string;
  /** With its `?`, or empty. */
  query: string;
  /** The authority of an absolute-form target, which counts before the Host header (RFC 9112 §3.2.2). */
  authority?: string;
}

/** Undefined when the target has none of the forms a gateway takes (RFC 9112 §3.2). */
export function parseTarget(target: string): Target | undefined {
  if (target === '*') return { path: '*', query: '' };
  if (target.startsWith('/')) return splitQuery(target);
  const absolute = /^https?:\/\/([^/?#@]+)([/?].*)?$/i.exec(target);
  if (absolute?.[1] === undefined) return undefined;
  const rest = absolute[2] ?? '/';
  return { ...splitQuery(rest.startsWith('/') ? rest : `/${rest}`), authority: absolute[1] };
}

function splitQuery(target: string): Target {
  const mark = target.indexOf('?');
  const path = mark === -1 ? target : target.slice(0, mark);
  return { path: normalizePath(path), query: mark === -1 ? '' : target.slice(mark) };
}

// Only these can make a path mean something else than it says.
const suspicious = /\/\.|\\|%2e/i;

/**
 * Istio's default normalisation (BASE, RFC 3986 §6): dot segments resolved, also when escaped, and backslashes turned. Without it
 * `/public/../admin` would pass the rule for `/public` and be served as `/admin`. Envoy and the URL standard share the algorithm.
 */
function normalizePath(path: string): string {
  return suspicious.test(path) ? new URL(`http://host${path.replace(/^[/\\]+/, '/')}`).pathname : path;
}
