/**
 * Runs one probe over time: when to try, and after how many results to believe it. Kubernetes' timing (initial delay, period, thresholds),
 * with one addition: until the first success it also tries early and often, so that a start takes as long as the program needs and
 * not as long as the period. Those extra tries never count as failures.
 *
 *      start ── extra tries every 50–250 ms ──┬── success ──► every period
 *                                             └── initialDelay, then every period: these failures count
 */
import type { Probe } from '../pod/types.ts';
import { isAborted, sleep } from '../timing.ts';
import type { CheckResult } from './checks.ts';

export interface ProberOptions {
  probe: Probe;
  /** One attempt; must give up when `signal` aborts. */
  check: (signal: AbortSignal) => Promise<CheckResult>;
  /** Whether extra tries are made until the first success. A liveness probe must not: nothing waits for it to succeed. */
  isEager: boolean;
  onResult: (result: ProbeResult) => void;
  signal: AbortSignal;
}

/**
 * A success once it is believed, a failure once it is, and each failure before the first success (`isBelieved` false: there is nothing
 * to do about it, but it says what is waited for).
 */
export type ProbeResult = CheckResult & { isBelieved: boolean };

const EAGER_FIRST_MS = 50;
const EAGER_LONGEST_MS = 250;
const EAGER_GROWTH = 1.1;

/** Resolves when the signal aborts. */
export async function runProber({ probe, check, isEager, onResult, signal }: ProberOptions): Promise<void> {
  const { initialDelaySeconds = 0, periodSeconds = 10, timeoutSeconds = 1 } = probe;
  const judge = createJudge(probe);
  let isWaitedFor = isEager;
  let eagerMs = EAGER_FIRST_MS;
  let countedAt = performance.now() + initialDelaySeconds * 1000;

  if (!isEager) await sleep(initialDelaySeconds * 1000, signal);
  while (!signal.aborted) {
    const isCounted = performance.now() >= countedAt;
    const result = await check(AbortSignal.any([signal, AbortSignal.timeout(timeoutSeconds * 1000)]));
    if (isAborted(signal)) return;

    const isBelieved = judge(result.ok, isCounted);
    if (isBelieved || (isWaitedFor && !result.ok)) onResult({ ...result, isBelieved });
    const isFirstSuccess = isWaitedFor && result.ok && isBelieved;
    if (isFirstSuccess) isWaitedFor = false;
    if (isCounted || isFirstSuccess) countedAt = performance.now() + periodSeconds * 1000;

    const untilCountedMs = Math.max(0, countedAt - performance.now());
    await sleep(isWaitedFor ? Math.min(eagerMs, untilCountedMs) : untilCountedMs, signal);
    eagerMs = Math.min(eagerMs * EAGER_GROWTH, EAGER_LONGEST_MS);
  }
}

/** Tells of each result whether it is believed: that many in a row. */
function createJudge({ successThreshold = 1, failureThreshold = 3 }: Probe): (ok: boolean, isCounted: boolean) => boolean {
  let successes = 0;
  let failures = 0;
  return (ok, isCounted) => {
    if (ok) {
      failures = 0;
      successes += 1;
      return successes >= successThreshold;
    }
    successes = 0;
    if (!isCounted) return false;
    failures += 1;
    return failures >= failureThreshold;
  };
}
