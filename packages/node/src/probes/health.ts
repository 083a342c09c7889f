/**
 * A running container's probes together: nothing else is probed until the startup probe succeeds; readiness says whether it may have
 * traffic, liveness whether it must be restarted.
 */
import type { Probe } from '../pod/types.ts';
import { check, type CheckResult, type CheckTarget } from './checks.ts';
import { runProber, type ProbeResult } from './prober.ts';

export interface Health {
  /** The startup probe has succeeded, or there is none. */
  started: boolean;
  ready: boolean;
  /** Why it is not ready: `readiness: HTTP 503: …`. Empty when it is. */
  reason: string;
}

export interface HealthOptions {
  target: CheckTarget;
  onChange: (health: Health) => void;
  /** A probe that was ready or alive has failed often enough to be believed. Startup and liveness mean a restart. */
  onUnhealthy: (probe: 'startup' | 'readiness' | 'liveness', message: string) => void;
  signal: AbortSignal;
}

/** Resolves when the signal aborts. */
export async function superviseHealth({ target, onChange, onUnhealthy, signal }: HealthOptions): Promise<void> {
  const { startupProbe, readinessProbe, livenessProbe } = target.container;
  const attempt = (probe: Probe) => (tryFor: AbortSignal) => check(probe, target, tryFor);

  if (startupProbe) {
    onChange({ started: false, ready: false, reason: 'startup: not probed yet' });
    const hasStarted = await waitForStartup(startupProbe, attempt(startupProbe), signal, ({ message, isBelieved }) => {
      onChange({ started: false, ready: false, reason: `startup: ${message}` });
      if (isBelieved) onUnhealthy('startup', message);
    });
    if (!hasStarted) return;
  }
  onChange({ started: true, ready: !readinessProbe, reason: readinessProbe ? 'readiness: not probed yet' : '' });

  const readiness = readinessProbe && runReadiness(readinessProbe, attempt(readinessProbe), { onChange, onUnhealthy, signal });
  const liveness =
    livenessProbe &&
    runProber({
      probe: livenessProbe,
      check: attempt(livenessProbe),
      isEager: false,
      onResult: ({ ok, message }) => {
        if (!ok) onUnhealthy('liveness', message);
      },
      signal,
    });
  await Promise.all([readiness, liveness]);
}

/** Whether the probe succeeded before the signal aborted. */
async function waitForStartup(
  probe: Probe,
  attempt: (signal: AbortSignal) => Promise<CheckResult>,
  signal: AbortSignal,
  onFailure: (result: ProbeResult) => void,
): Promise<boolean> {
  const done = new AbortController();
  await runProber({
    probe,
    check: attempt,
    isEager: true,
    onResult: (result) => (result.ok ? done.abort() : onFailure(result)),
    signal: AbortSignal.any([signal, done.signal]),
  });
  return done.signal.aborted && !signal.aborted;
}

function runReadiness(
  probe: Probe,
  attempt: (signal: AbortSignal) => Promise<CheckResult>,
  { onChange, onUnhealthy, signal }: Pick<HealthOptions, 'onChange' | 'onUnhealthy' | 'signal'>,
): Promise<void> {
  let wasReady = false;
  return runProber({
    probe,
    check: attempt,
    isEager: true,
    onResult({ ok, message }) {
      onChange({ started: true, ready: ok, reason: ok ? '' : `readiness: ${message}` });
      if (wasReady && !ok) onUnhealthy('readiness', message);
      wasReady = ok;
    },
    signal,
  });
}
