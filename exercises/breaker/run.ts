/**
 * One run of the exercise: the two services as processes of their own, the load, the phases of the dependency's illness, and what
 * was seen meanwhile.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openLoop } from '../../bench/open-loop.ts';

export const phases = [
  { mode: 'healthy', share: 0.2 },
  { mode: 'failing', share: 0.3 },
  { mode: 'slow', share: 0.2 },
  { mode: 'healthy', share: 0.3 },
] as const;

export type BreakerState = 'closed' | 'half-open' | 'open';

export interface Answer {
  /** Seconds from the start of the run to when the request was due. */
  at: number;
  /** From when it was due. */
  latencyMs: number;
  /** 0: none, the connection failed. */
  status: number;
}

/** How things stood at a moment. */
export interface Sample {
  /** Seconds from the start. */
  at: number;
  /** Absent in a run without a breaker. */
  breaker?: BreakerState;
  /** Requests that have reached the dependency so far. */
  reached: number;
}

export interface Recording {
  answers: Answer[];
  samples: Sample[];
  spans: { name: string; from: number; to: number }[];
}

export interface RunOptions {
  seconds: number;
  perSecond: number;
  isGuarded: boolean;
  onProgress: (fraction: number, phase: string) => void;
}

const sampleEveryMs = 200;

export async function runExercise(options: RunOptions): Promise<Recording> {
  const dependency = await startService('dependency.ts', {});
  const caller = await startService('caller.ts', {
    DEPENDENCY_URL: dependency.url,
    GUARDED: options.isGuarded ? 'yes' : 'no',
  }).catch(async (error: unknown) => {
    await dependency.stop();
    throw error;
  });
  try {
    return await record(dependency.url, caller.url, options);
  } finally {
    await Promise.all([caller.stop(), dependency.stop()]);
  }
}

async function record(dependencyUrl: string, callerUrl: string, options: RunOptions): Promise<Recording> {
  const { seconds, perSecond, isGuarded, onProgress } = options;
  const end = new AbortController();
  const startedAt = performance.now();
  const now = () => (performance.now() - startedAt) / 1000;
  const answers: Answer[] = [];
  const load = openLoop({
    perSecond,
    signal: end.signal,
    start: async (dueAt) => {
      const status = await statusOf(`${callerUrl}/quote`);
      answers.push({ at: (dueAt - startedAt) / 1000, latencyMs: performance.now() - dueAt, status });
    },
  });
  const sampling = sampleUntil(end.signal, async () => ({
    at: now(),
    reached: await reachedAt(dependencyUrl),
    ...(isGuarded && { breaker: await breakerAt(callerUrl) }),
  }));
  const spans: Recording['spans'] = [];
  let done = 0;
  for (const { mode, share } of phases) {
    const from = now();
    await put(`${dependencyUrl}/mode`, { mode });
    onProgress(done, mode);
    await delay(share * seconds * 1000);
    spans.push({ name: mode, from, to: now() });
    done += share;
  }
  onProgress(1, 'done');
  end.abort();
  await load;
  return { answers: answers.sort((one, other) => one.at - other.at), samples: await sampling, spans };
}

async function sampleUntil(signal: AbortSignal, sample: () => Promise<Sample>): Promise<Sample[]> {
  const samples: Sample[] = [];
  while (!signal.aborted) {
    samples.push(await sample());
    await delay(sampleEveryMs, undefined, { signal }).catch(() => undefined);
  }
  return samples;
}

async function statusOf(url: string): Promise<number> {
  try {
    const response = await fetch(url);
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 0;
  }
}

async function reachedAt(dependencyUrl: string): Promise<number> {
  const body: unknown = await (await fetch(`${dependencyUrl}/reached`)).json();
  if (typeof body === 'object' && body !== null && 'reached' in body && typeof body.reached === 'number') return body.reached;
  throw new Error('the dependency does not say how many requests reached it');
}

/** As Prometheus would see it. */
async function breakerAt(callerUrl: string): Promise<BreakerState> {
  const metrics = await (await fetch(`${callerUrl}/metrics`)).text();
  const [, state] = /^guard_breaker_state\{guard="dependency",state="(closed|half-open|open)"[^}]*\} 1$/m.exec(metrics) ?? [];
  if (state === 'closed' || state === 'half-open' || state === 'open') return state;
  throw new Error("the caller's metrics do not tell the state of its breaker");
}

async function put(url: string, body: unknown): Promise<void> {
  const { status } = await fetch(url, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (status !== 200) throw new Error(`PUT ${url} answered ${status}`);
}

interface RunningService {
  url: string;
  stop(): Promise<void>;
}

async function startService(file: string, env: Record<string, string>): Promise<RunningService> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), {
    env: { ...process.env, HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'silent', DRAIN_DELAY_MS: '0', ...env },
    execArgv: [],
  });
  const killWithParent = () => child.kill('SIGKILL');
  process.once('exit', killWithParent);
  const [message] = (await Promise.race([once(child, 'message'), endOf(child, file)])) as unknown[];
  const url = typeof message === 'object' && message !== null && 'url' in message ? String(message.url) : '';
  return {
    url,
    stop: async () => {
      process.off('exit', killWithParent);
      const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function endOf(child: ChildProcess, file: string): Promise<never> {
  const [code] = (await once(child, 'exit')) as unknown[];
  throw new Error(`${file} ended with ${String(code)} before it was ready`);
}
