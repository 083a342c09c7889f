/**
 * Tokens that were verified a moment ago: a caller comes with the same one again and again, and a signature costs more to check than most of what is asked.
 * For half a minute, which is far less than the keys they were checked by are kept; never beyond a token's own end. Knows nothing of how one is verified.
 */

/** What is read of a token's claims. */
type Ending = { readonly exp?: number };

export type VerifiedTokens<Claims extends Ending> = {
  find(token: string): Claims | undefined;
  keep(token: string, claims: Claims): void;
};

const keptForMs = 30_000;
/** Callers beyond this many at once are verified as if there were no memory. */
const mostTokens = 1_000;

/** `now` is in milliseconds since 1970. */
export function createVerifiedTokens<Claims extends Ending>(now: () => number = Date.now): VerifiedTokens<Claims> {
  // In the order of their coming, so that the first is the oldest.
  const kept = new Map<string, { readonly claims: Claims; readonly until: number }>();
  return {
    find(token) {
      const found = kept.get(token);
      if (found === undefined || now() < found.until) return found?.claims;
      kept.delete(token);
      return undefined;
    },
    keep(token, claims) {
      kept.delete(token);
      const [oldest] = kept.keys();
      if (oldest !== undefined && kept.size >= mostTokens) kept.delete(oldest);
      kept.set(token, { claims, until: Math.min(now() + keptForMs, (claims.exp ?? Infinity) * 1000) });
    },
  };
}
