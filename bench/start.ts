/**
 * How long `hikyaku up shop/deploy` takes until every workload is ready, and how much memory all its processes then hold.
 *
 *   npm run bench:start [-- --runs N]      default 5 runs, each once on empty state (first start) and once on kept state
 *
 * Targets: 8 s warm, 15 s for the first start, 900 MB resident (shared pages counted once), on 2 cores. Prints the medians and, against the targets, ratios.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { processTree, totalResidentBytes } from '../packages/cli/src/processes.ts';
import { startSystem } from '../test/support/system.ts';

const target = { firstSeconds: 15, warmSeconds: 8, residentBytes: 900e6 };

interface Measured {
  seconds: number;
  residentBytes: number;
  proportionalBytes: number;
  processes: number;
}

const { runs } = new Command('start')
  .description('Starts the shop on empty and on kept state; prints how long it took and what it holds.')
  .option('--runs <n>', 'how often', atLeastOne, 5)
  .parse()
  .opts<{ runs: number }>();
const first: Measured[] = [];
const warm: Measured[] = [];
for (let run = 1; run <= runs; run += 1) {
  const stateDir = await mkdtemp(join(tmpdir(), 'hikyaku-bench-'));
  first.push(await measure(stateDir));
  warm.push(await measure(stateDir));
  await rm(stateDir, { recursive: true, force: true });
  console.error(`run ${run}/${runs}: first ${first.at(-1)?.seconds.toFixed(2)} s, warm ${warm.at(-1)?.seconds.toFixed(2)} s`);
}

report('first start, empty state', first, target.firstSeconds);
report('start with state', warm, target.warmSeconds);

async function measure(stateDir: string): Promise<Measured> {
  const startedAt = performance.now();
  const system = await startSystem({ stateDir, args: ['--no-watch'] });
  await system.printed(/ready in/, 120_000);
  const seconds = (performance.now() - startedAt) / 1000;
  const tree = processTree(system.process.pid ?? 0);
  await system.end('SIGTERM');
  return {
    seconds,
    processes: tree.length,
    residentBytes: tree.reduce((sum, each) => sum + each.residentBytes, 0),
    proportionalBytes: totalResidentBytes(tree),
  };
}

function report(what: string, measured: Measured[], targetSeconds: number): void {
  const seconds = median(measured.map((each) => each.seconds));
  const resident = median(measured.map((each) => each.residentBytes));
  const proportional = median(measured.map((each) => each.proportionalBytes));
  const range = `${Math.min(...measured.map((each) => each.seconds)).toFixed(2)}–${Math.max(...measured.map((each) => each.seconds)).toFixed(2)}`;
  console.log(what);
  console.log(
    `  ready      ${seconds.toFixed(2)} s (${range})   ${(seconds / targetSeconds).toFixed(2)} × the target of ${targetSeconds} s`,
  );
  console.log(
    `  resident   ${megabytes(proportional)} MB in ${measured[0]?.processes ?? 0} processes   ${(proportional / target.residentBytes).toFixed(2)} × the target of ${megabytes(target.residentBytes)} MB`,
  );
  console.log(
    `             ${megabytes(resident)} MB when a page that several processes share is counted once for each (sum of RSS)`,
  );
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}

function atLeastOne(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError(`${text} is no whole number above 0`);
  return value;
}
