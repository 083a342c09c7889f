/**
 * Puts load on a port for a few seconds, from a process of its own on the core that the proxy does not have.
 */
import { execFile } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { requestPath } from './configurations.ts';
import type { LoadResult } from './load-generator.ts';
import { isInstalled } from './processes.ts';

const run = promisify(execFile);
const connections = 32;
const generator = fileURLToPath(new URL('load-generator.ts', import.meta.url));

/** wrk takes less of the core than our own generator, and leaves more of it to the backend. */
const hasWrk = isInstalled('wrk');
export const closedLoopTool = hasWrk ? 'wrk' : 'the own generator (wrk is not installed)';

/** As fast as it goes over 32 keep-alive connections. With a token, each request carries it. */
export async function saturate(port: number, seconds: number, token?: string): Promise<LoadResult> {
  if (!hasWrk) return generate(port, seconds, { token });
  const { stdout } = await run('wrk', [
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '--latency',
    ...(token === undefined ? [] : ['-H', `Authorization: Bearer ${token}`]),
    `http://127.0.0.1:${port}${requestPath}`,
  ]);
  return {
    requestsPerSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]),
    p50Ms: milliseconds(/50%\s+([\d.]+)(us|ms|s)/.exec(stdout)),
    p99Ms: milliseconds(/99%\s+([\d.]+)(us|ms|s)/.exec(stdout)),
    failures: wrkFailures(stdout),
  };
}

/** At a fixed rate, open loop. */
export function atRate(port: number, seconds: number, requestsPerSecond: number): Promise<LoadResult> {
  return generate(port, seconds, { requestsPerSecond });
}

async function generate(
  port: number,
  seconds: number,
  { requestsPerSecond = 0, token = '' }: { requestsPerSecond?: number; token?: string | undefined },
): Promise<LoadResult> {
  const args = [port, requestPath, connections, seconds, requestsPerSecond, token].map(String);
  const { stdout } = await run(process.execPath, [generator, ...args]);
  return parseResult(JSON.parse(stdout));
}

function parseResult(value: unknown): LoadResult {
  const fields = new Map(Object.entries(value ?? {}));
  const number = (name: keyof LoadResult) => Number(fields.get(name));
  return {
    requestsPerSecond: number('requestsPerSecond'),
    p50Ms: number('p50Ms'),
    p99Ms: number('p99Ms'),
    failures: number('failures'),
  };
}

function milliseconds(match: RegExpExecArray | null): number {
  const unitMs = { us: 0.001, ms: 1, s: 1000 };
  const [, value, unit] = match ?? [];
  return Number(value) * (unit === 'us' || unit === 'ms' || unit === 's' ? unitMs[unit] : Number.NaN);
}

function wrkFailures(output: string): number {
  const bad = Number(/Non-2xx or 3xx responses: (\d+)/.exec(output)?.[1] ?? 0);
  const broken = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(output)?.slice(1) ?? [];
  return broken.reduce((sum, count) => sum + Number(count), bad);
}
