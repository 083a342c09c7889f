/** `hikyaku proxy -c envoy.yaml`: the proxy alone, as an Envoy bootstrap file says. */
import { readFile } from 'node:fs/promises';
import { EnvoyProxy, loadBootstrap } from '@hikyaku/mesh';
import type { ManifestFile } from '@hikyaku/resources';
import { formatDiagnostics } from '@hikyaku/resources';
import { Failure } from './failure.ts';

export interface ProxyOptions {
  config: string;
  /** Only say what is wrong with the file. */
  check: boolean;
}

/** How long requests under way may take to finish. */
const drainMs = 5_000;

/** Runs until the signal aborts. Throws a Failure when the file has mistakes or an address cannot be had. */
export async function runProxy(
  { config, check }: ProxyOptions,
  signal: AbortSignal,
  print: (text: string) => void,
): Promise<void> {
  const { serving, diagnostics } = loadBootstrap(await readConfig(config));
  if (diagnostics.length > 0) print(formatDiagnostics(diagnostics, { colors: process.stdout.isTTY }));
  if (serving === undefined) throw new Failure(`${config} has mistakes`);
  if (check) {
    print(`${config} can be served`);
    return;
  }
  const proxy = new EnvoyProxy(serving);
  const ended = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (signal.aborted) resolve();
  });
  try {
    for (const { name, address, port } of await proxy.listen()) print(`${name} listens on ${address}:${port}`);
    await ended;
  } catch (error) {
    throw new Failure(`cannot listen: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  } finally {
    await proxy.close(drainMs);
  }
}

async function readConfig(path: string): Promise<ManifestFile> {
  try {
    return { path, text: await readFile(path, 'utf8') };
  } catch (error) {
    throw new Failure(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
