/**
 * One container over its whole life: started, restarted when it ends, stopped when its Pod goes.
 *
 *     waiting ──launch──► running ──exit──► terminated ──policy──► waiting (back-off) ──► running …
 */
import { createLogFile, readTail, type LogFile } from '../logs/log-file.ts';
import { logPath } from '../logs/pod-logs.ts';
import { WaitingError } from '../pod/configuration.ts';
import type { PodContext } from '../pod/context.ts';
import type { ContainerSpec, ContainerState, ContainerStatus } from '../pod/types.ts';
import type { Health } from '../probes/health.ts';
import type { Exit } from '../process/process-group.ts';
import { isAborted, sleep, timestamp } from '../timing.ts';
import { createRestartBackoff } from './backoff.ts';
import { prepareLaunch, type Launch } from './launch.ts';
import { startRun, type Run } from './run.ts';

export type RestartPolicy = 'Always' | 'OnFailure' | 'Never';

export interface ContainerOptions {
  spec: ContainerSpec;
  pod: PodContext;
  restartPolicy: RestartPolicy;
  /** What the Pod's status said before, from an earlier run of hikyaku. */
  previous: ContainerStatus | undefined;
  /** Status, readiness or the reason for not being ready has changed. */
  onChange: () => void;
}

/** How often it is looked whether a missing ConfigMap, Secret, claim or folder has appeared. */
const RETRY_CONFIGURATION_MS = 500;
const EXCERPT_LINES = 10;
/** Stack frames that say nothing about the program, and would push what does out of the excerpt. */
const NODE_INTERNALS = /^\s+at .*\bnode:/;
/** As container engines say it when a container could not be started at all. */
const CANNOT_START = 128;
const NOT_PROBED: Health = { started: false, ready: false, reason: '' };

export class Container {
  readonly #options: ContainerOptions;
  readonly #log: LogFile;
  readonly #stopping = new AbortController();
  readonly #backoff = createRestartBackoff();
  #state: ContainerState = { waiting: { reason: 'ContainerCreating' } };
  #lastState: ContainerState | undefined;
  #health = NOT_PROBED;
  #restartCount: number;
  #run: Run | undefined;

  constructor(options: ContainerOptions) {
    const { spec, pod, previous } = options;
    this.#options = options;
    this.#restartCount = previous?.restartCount ?? 0;
    this.#lastState = previous?.lastState;
    this.#log = createLogFile(logPath(pod.node.logsDirectory, pod.namespace, pod.pod.metadata.name, spec.name));
  }

  get name(): string {
    return this.#options.spec.name;
  }

  get pid(): number | undefined {
    return this.#run?.pid;
  }

  get status(): ContainerStatus {
    const { name, image = '' } = this.#options.spec;
    const { started, ready } = this.#health;
    return {
      name,
      image,
      imageID: this.#run?.launch.image.description ?? '',
      ready,
      started,
      restartCount: this.#restartCount,
      state: this.#state,
      ...(this.#lastState && { lastState: this.#lastState }),
      ...(this.pid !== undefined && { containerID: `process://${this.pid}` }),
    };
  }

  /** Why it is not ready, for people: `readiness: HTTP 503: …`, `CrashLoopBackOff: …`. Empty when it is. */
  get unreadyReason(): string {
    const { waiting, terminated } = this.#state;
    if (waiting) return [waiting.reason, waiting.message].filter(Boolean).join(': ');
    if (terminated) return `${terminated.reason ?? 'Terminated'}: exit code ${terminated.exitCode}`;
    return this.#health.ready ? '' : this.#health.reason || 'starting';
  }

  /** Runs it until it has ended for good, by itself or by `stop`. Resolves with the last exit; undefined when it never ran. */
  async run(): Promise<Exit | undefined> {
    const { signal } = this.#stopping;
    for (;;) {
      const startedAt = new Date();
      const exit = await this.#runOnce(startedAt, signal);
      if (!exit) return undefined;
      this.#recordExit(exit, startedAt);
      if (signal.aborted || !this.#restarts(exit)) return exit;
      await this.#backOff(exit, Date.now() - startedAt.getTime(), signal);
      if (isAborted(signal)) return exit;
      this.#restartCount += 1;
    }
  }

  /** preStop, then the stop signal; after `graceMs` in all the group is killed. May be called again with less grace. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping.abort();
    await this.#run?.stop(graceMs);
  }

  rotateLog(): Promise<void> {
    return this.#log.rotate();
  }

  async #runOnce(startedAt: Date, signal: AbortSignal): Promise<Exit | undefined> {
    let launch: Launch | undefined;
    try {
      await this.#log.begin();
      launch = await this.#prepare(signal);
    } catch (error) {
      if (signal.aborted) return undefined;
      const message = error instanceof Error ? error.message : String(error);
      await this.#writeLog(message);
      return { code: CANNOT_START, error: message };
    }
    return launch && this.#start(launch, startedAt);
  }

  /** Waits until everything it needs is there; undefined when it is stopped before. */
  async #prepare(signal: AbortSignal): Promise<Launch | undefined> {
    const { spec, pod } = this.#options;
    while (!signal.aborted) {
      try {
        const launch = await prepareLaunch(spec, pod, this.#log.path, signal);
        return isAborted(signal) ? undefined : launch;
      } catch (error) {
        if (!(error instanceof WaitingError)) throw error;
        this.#wait(error.reason, error.message, error.reason === 'ImagePullBackOff' ? 'Failed' : 'FailedMount');
        await sleep(RETRY_CONFIGURATION_MS, signal);
      }
    }
    return undefined;
  }

  async #start(launch: Launch, startedAt: Date): Promise<Exit> {
    const { spec, pod } = this.#options;
    const log = await this.#log.append();
    const run = startRun({
      spec,
      pod,
      launch,
      output: log.fd,
      onHealth: (health) => this.#setHealth(health),
      onEvent: (type, reason, message) => this.#event(type, reason, message),
    });
    this.#run = run;
    // A stop that came while the log was being opened has found nothing to stop.
    if (this.#stopping.signal.aborted) void run.stop(0);
    await log.close();
    if (run.pid !== undefined) {
      this.#state = { running: { startedAt: timestamp(startedAt) } };
      this.#event('Normal', 'Started', `Started container ${spec.name} (${launch.image.description}, pid ${run.pid})`);
      this.#options.onChange();
    }
    const exit = await run.exited;
    this.#run = undefined;
    return exit;
  }

  #setHealth(health: Health): void {
    const { started, ready, reason } = this.#health;
    this.#health = health;
    if (health.started !== started || health.ready !== ready || health.reason !== reason) this.#options.onChange();
  }

  #recordExit({ code, error }: Exit, startedAt: Date): void {
    const reason = error ? 'ContainerCannotRun' : code === 0 ? 'Completed' : 'Error';
    const times = { startedAt: timestamp(startedAt), finishedAt: timestamp(new Date()) };
    this.#state = { terminated: { exitCode: code, reason, ...times, ...(error !== undefined && { message: error }) } };
    this.#lastState = this.#state;
    this.#health = NOT_PROBED;
    this.#options.onChange();
  }

  #restarts({ code }: Exit): boolean {
    const { restartPolicy } = this.#options;
    return restartPolicy === 'Always' || (restartPolicy === 'OnFailure' && code !== 0);
  }

  /** The first restart is at once; from the second in a row on the container waits, and says what it died of. */
  async #backOff(exit: Exit, ranMs: number, signal: AbortSignal): Promise<void> {
    const delayMs = this.#backoff.next(ranMs);
    if (delayMs === 0) return;
    const lines = (await readTail(this.#log.path, 4 * EXCERPT_LINES))
      .filter((line) => !NODE_INTERNALS.test(line))
      .slice(-EXCERPT_LINES);
    const excerpt = lines.length > 0 ? `; last lines of its log:\n${lines.join('\n')}` : '';
    this.#wait('CrashLoopBackOff', `${describeExit(exit)}, again in ${delayMs / 1000} s${excerpt}`);
    this.#event('Warning', 'BackOff', `Back-off restarting failed container ${this.name}: ${describeExit(exit)}`);
    await sleep(delayMs, signal);
  }

  #wait(reason: string, message: string, event?: string): void {
    const { waiting } = this.#state;
    if (waiting?.reason === reason && waiting.message === message) return;
    this.#state = { waiting: { reason, message } };
    if (event !== undefined) this.#event('Warning', event, message);
    this.#options.onChange();
  }

  async #writeLog(line: string): Promise<void> {
    const log = await this.#log.append();
    await log.write(`${line}\n`);
    await log.close();
  }

  #event(type: 'Normal' | 'Warning', reason: string, message: string): void {
    const { pod } = this.#options;
    pod.node.recordEvent(pod.pod, { type, reason, message });
  }
}

function describeExit({ code, signal, error }: Exit): string {
  return error ?? (signal ? `killed by ${signal}` : `exit code ${code}`);
}
