/**
 * Whether a service may get requests, and what it waits for when it may not.
 *
 *   starting (waiting for …) ──► ready ⇄ a dependency is away ──► closing
 */

/** Why a dependency cannot be used now; `undefined` when it can. Must answer fast and must not throw. */
export type DependencyCheck = () => Promise<string | undefined>;

export interface Readiness {
  readonly phase: 'starting' | 'started' | 'closing';
  /** What start-up waits for, `database: waiting for postgres:5432 (connection refused)`. */
  waitingFor(what: string): void;
  started(): void;
  closing(): void;
  /** From now on `name` must be usable for the service to be ready. */
  dependsOn(name: string, check: DependencyCheck): void;
  /** Why the service is not ready; `undefined` when it is. */
  reason(): Promise<string | undefined>;
}

/** @param freshMs how long the answer of a dependency check is good for; probes come from several sides. */
export function createReadiness({ freshMs = 1000 }: { freshMs?: number } = {}): Readiness {
  let phase: Readiness['phase'] = 'starting';
  let waiting = 'starting';
  const checks: DependencyCheck[] = [];
  return {
    get phase() {
      return phase;
    },
    waitingFor: (what) => (waiting = what),
    started: () => (phase = phase === 'starting' ? 'started' : phase),
    closing: () => (phase = 'closing'),
    dependsOn: (name, check) =>
      checks.push(
        cached(freshMs, async () => {
          const reason = await check();
          return reason === undefined ? undefined : `${name}: ${reason}`;
        }),
      ),
    reason: async () => {
      if (phase === 'closing') return 'shutting down';
      if (phase === 'starting') return waiting;
      const reasons = await Promise.all(checks.map((check) => check()));
      return reasons.find((reason) => reason !== undefined);
    },
  };
}

function cached(freshMs: number, check: DependencyCheck): DependencyCheck {
  let last: { readonly until: number; readonly answer: Promise<string | undefined> } | undefined;
  return () => {
    const now = Date.now();
    if (!last || last.until <= now) last = { until: now + freshMs, answer: check() };
    return last.answer;
  };
}
