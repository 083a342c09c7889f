/**
 * The proxy as a child process that is always there: started again with the latest snapshot when it dies.
 *
 *   starting ──listening──► ready ──exit──► restarting ──listening──► ready
 *      └─────port taken──► fails for good (only before it has ever been ready)
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { PortFailure } from '../proxy/more-gateway-ports.ts';
import type { Patch } from '../snapshot/diff.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { isFromProxy } from './messages.ts';
import type { FromProxy, ProxyArguments, ToProxy } from './messages.ts';

/** `code` is the system's: `EADDRINUSE`, `EACCES`. */
export class MeshError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'MeshError';
    this.code = code;
  }
}

export interface ProxyStatus {
  state: 'starting' | 'ready' | 'restarting';
  pid?: number;
  /** The port the gateway has; known once it was ready. */
  gatewayPort?: number;
  /** Likewise, the port of the statistics. */
  statsPort?: number;
  /** While there is something to serve over TLS. */
  gatewayTlsPort?: number | undefined;
  /** Of the gateway, those that cannot be had now. */
  portFailures: readonly PortFailure[];
  /** Version of the latest snapshot that is in force. */
  version: number;
  warnings: string[];
}

export interface ProxyProcessOptions extends ProxyArguments {
  onStatus: (status: ProxyStatus) => void;
}

/** A process that dies at once again and again is started at most this often. */
const slowestRestartMs = 2_000;
const killAfterMs = 3_000;
/** Node's own default place. With the code already compiled the process starts in half the time and with a third less memory. */
const compileCache = process.env.NODE_COMPILE_CACHE ?? join(tmpdir(), 'node-compile-cache');
/**
 * Nearly all a request allocates is garbage when it is over. Room for 16 MB of it, Node's default, is 48 MB that stay resident after the first
 * burst; a quarter of that costs 2 % more processor time.
 */
export const proxyFlags = ['--max-semi-space-size=4'];
const entry = fileURLToPath(new URL('../proxy/main.ts', import.meta.url));

export class ProxyProcess {
  /** Settles when the process is gone for good: resolves after `stop`, rejects with a MeshError when one of its ports cannot be had. */
  readonly done: Promise<void>;
  readonly #settle: { resolve: () => void; reject: (error: MeshError) => void };
  readonly #options: ProxyProcessOptions;
  #status: Omit<ProxyStatus, 'pid'> = { state: 'starting', version: 0, warnings: [], portFailures: [] };
  #child: ChildProcess | undefined;
  #latest: Extract<ToProxy, { type: 'snapshot' }> | undefined;
  #isStopping = false;
  #failure: MeshError | undefined;
  #restartTimer: NodeJS.Timeout | undefined;
  #quickExits = 0;

  constructor(options: ProxyProcessOptions) {
    this.#options = options;
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    this.done = promise;
    this.#settle = { resolve: () => resolve(undefined), reject };
    this.#start();
  }

  /**
   * Puts a snapshot in force; `onStatus` tells its version when it is. `patch` is what makes it of the snapshot given before; without
   * one the process is sent the whole.
   */
  apply(version: number, snapshot: Snapshot, patch?: Patch): void {
    const isFollowing = this.#latest !== undefined && patch !== undefined;
    this.#latest = { type: 'snapshot', version, snapshot };
    // A process that is started between two calls is given the latest whole at its start, so every process that runs knows it.
    this.#send(isFollowing ? { type: 'change', version, patch } : this.#latest);
  }

  /** Lets requests under way finish for a short while, then ends the process. May be called twice. */
  stop(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    clearTimeout(this.#restartTimer);
    const child = this.#child;
    if (child === undefined) {
      this.#settle.resolve();
      return;
    }
    this.#send({ type: 'stop' });
    const timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    child.once('exit', () => clearTimeout(timer));
  }

  #start(): void {
    const startedAt = performance.now();
    const child = fork(entry, [JSON.stringify(this.#arguments())], {
      execArgv: proxyFlags,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, NODE_COMPILE_CACHE: compileCache },
    });
    this.#child = child;
    child.on('message', (message) => {
      if (isFromProxy(message)) this.#receive(message);
    });
    const gone = (): void => this.#exited(performance.now() - startedAt);
    // After a lost channel comes the exit, which is what counts. A process that could not be started (no memory, too many files) has none.
    child.on('error', () => child.pid === undefined && gone());
    child.once('exit', gone);
    if (this.#latest !== undefined) this.#send(this.#latest);
  }

  /** The ports that the process before had are asked for again. */
  #arguments(): ProxyArguments {
    const { gatewayTlsPort = this.#options.gatewayTlsPort } = this.#status;
    const { gatewayPort, statsPort, snapshotSocket, accessLogFile } = { ...this.#options, ...this.#status };
    return {
      gatewayPort,
      ...(gatewayTlsPort !== undefined && { gatewayTlsPort }),
      ...(statsPort !== undefined && { statsPort }),
      ...(snapshotSocket !== undefined && { snapshotSocket }),
      ...(accessLogFile !== undefined && { accessLogFile }),
    };
  }

  #receive(message: FromProxy): void {
    if (message.type === 'listening')
      this.#report({
        state: 'ready',
        gatewayPort: message.port,
        ...(message.statsPort !== undefined && { statsPort: message.statsPort }),
      });
    else if (message.type === 'applied') {
      const { version, warnings, gatewayTlsPort, portFailures } = message;
      this.#report({ version, warnings, gatewayTlsPort, portFailures });
    } else if (message.type === 'trouble') this.#report({ warnings: [...this.#status.warnings, message.message] });
    else if (this.#status.gatewayPort === undefined) this.#failure = new MeshError(message.code, message.message);
    else this.#report({ warnings: [`the gateway cannot come back: ${message.message}`] });
  }

  #exited(livedMs: number): void {
    this.#child = undefined;
    if (this.#failure !== undefined) this.#settle.reject(this.#failure);
    else if (this.#isStopping) this.#settle.resolve();
    else this.#restart(livedMs);
  }

  #restart(livedMs: number): void {
    this.#quickExits = livedMs > slowestRestartMs ? 0 : this.#quickExits + 1;
    this.#report({ state: 'restarting' });
    const delayMs = this.#quickExits <= 1 ? 0 : Math.min(slowestRestartMs, 50 * 2 ** this.#quickExits);
    this.#restartTimer = setTimeout(() => this.#start(), delayMs);
  }

  #report(change: Partial<Omit<ProxyStatus, 'pid'>>): void {
    const pid = this.#child?.pid;
    this.#status = { ...this.#status, ...change };
    this.#options.onStatus({ ...this.#status, ...(pid !== undefined && { pid }) });
  }

  #send(message: ToProxy): void {
    // A channel that has closed belongs to a process about to exit; the next one is given the latest snapshot.
    if (this.#child?.connected === true) this.#child.send(message, () => undefined);
  }
}
