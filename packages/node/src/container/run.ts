/**
 * One run of a container: its process, its hooks and its probes, from the start to the exit. What happens after the exit is
 * container.ts's business.
 */
import type { PodContext } from '../pod/context.ts';
import type { ContainerSpec } from '../pod/types.ts';
import type { CheckTarget } from '../probes/checks.ts';
import { superviseHealth, type Health } from '../probes/health.ts';
import { startProcess, type Exit } from '../process/process-group.ts';
import type { Launch } from './launch.ts';
import { runHook } from './lifecycle.ts';

export interface RunOptions {
  spec: ContainerSpec;
  pod: PodContext;
  launch: Launch;
  /** File descriptor of the log. */
  output: number;
  onHealth: (health: Health) => void;
  onEvent: (type: 'Normal' | 'Warning', reason: string, message: string) => void;
}

export interface Run {
  readonly launch: Launch;
  /** Undefined when the program could not be started. */
  readonly pid: number | undefined;
  /** Resolves when the process group and everything that watched it is gone. */
  readonly exited: Promise<Exit>;
  /** preStop, then the stop signal; what is left `graceMs` from now is killed. A second call can only shorten the grace. */
  stop(graceMs: number): Promise<void>;
}

export function startRun(options: RunOptions): Run {
  const { spec, pod, launch, output, onEvent } = options;
  const process = startProcess({ argv: launch.argv, cwd: launch.cwd, env: launch.env, output, watchdog: pod.node.watchdog });
  const target: CheckTarget = { podIp: pod.podIp, container: spec, exec: launch.exec };
  const ended = new AbortController();
  const stopping = new AbortController();
  let terminating: Promise<void> | undefined;

  async function terminate(graceMs: number): Promise<void> {
    stopping.abort();
    const hook = spec.lifecycle?.preStop;
    if (hook && graceMs > 0) {
      await runHook(hook, target, AbortSignal.any([ended.signal, AbortSignal.timeout(graceMs)])).catch((error: unknown) => {
        onEvent('Warning', 'FailedPreStopHook', `preStop of ${spec.name}: ${String(error)}`);
      });
    }
    process.signal(launch.image.stopSignal);
  }

  async function stop(graceMs: number): Promise<void> {
    const deadline = setTimeout(() => process.kill(), graceMs);
    terminating ??= terminate(graceMs);
    await Promise.all([terminating, process.exited]);
    clearTimeout(deadline);
  }

  const supervised = supervise(options, target, AbortSignal.any([ended.signal, stopping.signal]), stop);
  const exited = process.exited.then(async (exit) => {
    ended.abort();
    await Promise.all([supervised, terminating]);
    return exit;
  });
  return { launch, pid: process.pid, exited, stop };
}

async function supervise(
  { spec, pod, onHealth, onEvent }: RunOptions,
  target: CheckTarget,
  signal: AbortSignal,
  stop: Run['stop'],
): Promise<void> {
  const graceMs = (pod.pod.spec?.terminationGracePeriodSeconds ?? 30) * 1000;
  try {
    if (spec.lifecycle?.postStart) await runHook(spec.lifecycle.postStart, target, signal);
  } catch (error) {
    if (signal.aborted) return;
    onEvent('Warning', 'FailedPostStartHook', `postStart of ${spec.name}: ${String(error)}`);
    void stop(graceMs);
    return;
  }
  await superviseHealth({
    target,
    signal,
    onChange: onHealth,
    onUnhealthy(probe, message) {
      onEvent('Warning', 'Unhealthy', `${probe} probe of ${spec.name} failed: ${message}`);
      if (probe === 'readiness') return;
      onEvent('Normal', 'Killing', `Container ${spec.name} failed its ${probe} probe and is restarted`);
      void stop(graceMs);
    },
  });
}
