/**
 * Starts a whole system the way a user does — `hikyaku up` as a process of its own — with state and ports of its own, so that tests neither
 * disturb each other nor a system that somebody runs from the same checkout.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { connect } from '@hikyaku/control';
import type { ApiClient } from '@hikyaku/control';
import { freePort } from '@hikyaku/service/testing';

export const repository = resolve(import.meta.dirname, '../..');
const cli = join(repository, 'packages/cli/bin/hikyaku.mjs');

/** What is printed is matched as text; in CI it would be coloured. */
const plainEnvironment = { ...process.env, NO_COLOR: '1' };

export interface System {
  /** http://localhost:PORT of the gateway. */
  url: string;
  gatewayPort: number;
  gatewayTlsPort: number;
  apiPort: number;
  statsPort: number;
  stateDir: string;
  /** Everything the supervisor has printed so far, both streams. */
  output(): string;
  /** Resolves when the output matches; rejects when the supervisor ends first or `timeoutMs` (60 s) is over. */
  printed(pattern: RegExp, timeoutMs?: number): Promise<void>;
  client(): Promise<ApiClient>;
  /** The supervisor's process. */
  process: ChildProcess;
  /** Sends the signal and resolves with the exit code (null when killed). */
  end(signal: NodeJS.Signals): Promise<number | null>;
  /** Starts again on the same state and ports. */
  restart(): Promise<System>;
  /** Ends what runs and removes the state. May be called in any state, also twice. */
  purge(): Promise<void>;
}

export interface SystemOptions {
  paths?: string[];
  cwd?: string;
  args?: string[];
  /** More of the environment. */
  env?: Record<string, string>;
  stateDir?: string;
  gatewayPort?: number;
  gatewayTlsPort?: number;
  apiPort?: number;
  statsPort?: number;
}

/** Starts `hikyaku up` and resolves once the process runs; wait with `printed(/ready in/)` for the workloads. */
export async function startSystem(options: SystemOptions = {}): Promise<System> {
  const stateDir = options.stateDir ?? (await mkdtemp(join(tmpdir(), 'hikyaku-system-')));
  const gatewayPort = options.gatewayPort ?? (await freePort());
  const gatewayTlsPort = options.gatewayTlsPort ?? (await freePort());
  const apiPort = options.apiPort ?? (await freePort());
  const statsPort = options.statsPort ?? (await freePort());
  const ports = [
    '--gateway-port',
    gatewayPort,
    '--gateway-tls-port',
    gatewayTlsPort,
    '--api-port',
    apiPort,
    '--stats-port',
    statsPort,
  ].map(String);
  const child = spawn(
    process.execPath,
    [cli, 'up', ...(options.paths ?? ['shop/deploy']), '--state-dir', stateDir, ...ports, ...(options.args ?? [])],
    {
      cwd: options.cwd ?? repository,
      env: { ...plainEnvironment, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const output = collectOutput(child);
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) {
      const closed = once(child, 'close');
      child.kill(signal);
      await closed;
    }
    return child.exitCode;
  };
  return {
    url: `http://localhost:${gatewayPort}`,
    gatewayPort,
    gatewayTlsPort,
    apiPort,
    statsPort,
    stateDir,
    process: child,
    output: () => output.text,
    printed: (pattern, timeoutMs) => printed(child, output, pattern, timeoutMs),
    client: () => connect(join(stateDir, 'kubeconfig')),
    end,
    restart: () => startSystem({ ...options, stateDir, gatewayPort, gatewayTlsPort, apiPort, statsPort }),
    purge: async () => {
      await end('SIGTERM');
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

/** Runs any hikyaku command to its end. */
export async function hikyaku(args: string[], cwd = repository): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [cli, ...args], { cwd, env: plainEnvironment, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = collectOutput(child);
  await once(child, 'close');
  return { code: child.exitCode, output: output.text };
}

/** Polls until `probe` gives something other than undefined; errors of the probe are kept for the message. */
export async function eventually<T>(
  what: string,
  probe: () => T | undefined | Promise<T | undefined>,
  timeoutMs = 30_000,
): Promise<T> {
  let lastError: unknown;
  for (const deadline = Date.now() + timeoutMs; Date.now() < deadline;) {
    try {
      const value = await probe();
      if (value !== undefined) return value;
    } catch (error) {
      lastError = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${what}: not within ${timeoutMs / 1000} s`, { cause: lastError });
}

interface Output {
  text: string;
  listeners: Set<() => void>;
}

function collectOutput(child: ChildProcess): Output {
  const output: Output = { text: '', listeners: new Set() };
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      output.text += chunk;
      for (const listener of output.listeners) listener();
    });
  }
  return output;
}

function printed(child: ChildProcess, output: Output, pattern: RegExp, timeoutMs = 60_000): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (error?: Error): void => {
      clearTimeout(timer);
      output.listeners.delete(check);
      child.off('close', onClose);
      if (error === undefined) resolve();
      else reject(error);
    };
    const check = (): void => {
      if (pattern.test(output.text)) finish();
    };
    const onClose = (): void =>
      finish(new Error(`hikyaku ended (${child.exitCode ?? child.signalCode}) before printing ${pattern}:\n${output.text}`));
    const timer = setTimeout(() => finish(new Error(`no ${pattern} within ${timeoutMs / 1000} s:\n${output.text}`)), timeoutMs);
    output.listeners.add(check);
    child.on('close', onClose);
    if (child.exitCode !== null || child.signalCode !== null) onClose();
    else check();
  });
}
