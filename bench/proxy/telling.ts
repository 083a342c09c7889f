/** What it costs to tell of requests: nothing at all, counted as always, with an access log, with a span for each. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { proxyFlags } from '../../packages/mesh/src/control/proxy-process.ts';
import { saturate } from './load.ts';
import { startBackend } from './peers.ts';
import { cores, freePort, startProgram } from './processes.ts';
import type { Program } from './processes.ts';
import { interleave } from './rounds.ts';
import type { Extent } from './side-by-side.ts';
import { rate, ratio } from './table.ts';
import type { Table } from './table.ts';

const entry = fileURLToPath(new URL('telling-proxy.ts', import.meta.url));
const levels = [
  ['nothing', 'nothing is counted'],
  ['counts', 'counted, as always'],
  ['log', 'and an access log, JSON'],
  ['spans', 'and a span of each sent'],
] as const;

export async function telling({ rounds, seconds }: Extent): Promise<Table> {
  const folder = await mkdtemp(join(tmpdir(), 'hikyaku-bench-'));
  await using backend = await startBackend();
  const started: Program[] = [];
  try {
    const contenders = [];
    for (const [level, name] of levels) {
      const port = await freePort();
      const args = [...proxyFlags, entry, String(port), String(backend.port), level, join(folder, 'access.log')];
      const program = await startProgram({ command: process.execPath, args, port, core: cores.proxy });
      started.push(program);
      contenders.push({ name, port, pid: program.pid });
    }
    for (const { port } of contenders) await saturate(port, 1);
    const results = await interleave(contenders, rounds, ({ port }) => saturate(port, seconds));
    const [bare] = results;
    const rows = results.map(({ name, requestsPerSecond, requestsPerProcessorSecond, failures }) => [
      name,
      rate(requestsPerSecond),
      ratio(requestsPerSecond, bare?.requestsPerSecond),
      `${(1e6 / requestsPerProcessorSecond).toFixed(1)} µs`,
      String(failures),
    ]);
    const columns = ['hikyaku', 'rate', 'to nothing', 'processor time per request', 'failures'];
    return { title: 'Telling of requests', columns, rows };
  } finally {
    for (const program of started) await program[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  }
}
