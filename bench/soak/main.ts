/**
 * Ten minutes of everything that can go wrong, and whether the proxy process holds more afterwards: `npm run bench:soak [-- --minutes 10]
 * [--picture soak.svg]`. Keep-alive load, failing upstreams, callers that leave, tunnels, and rules and endpoints that change five times a second.
 *
 * Exit code 1 when memory, sockets, timers or open files grow. Growth is a slope through all samples after the start (Theil and Sen's, which a few
 * outliers do not move), times the time.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { processInfo } from '../../packages/cli/src/processes.ts';
import { drawChart } from '../chart.ts';
import { median } from '../proxy/statistics.ts';
import { formatTable } from '../proxy/table.ts';
import { runClients } from './clients.ts';
import type { Counts } from './clients.ts';
import { startSystem } from './system.ts';

/**
 * What is watched, and by how much it may seem to grow over the whole time. Timers and sockets are those of requests under way, which vary with
 * what else the machine does; one that leaked per change or per failure would be there thousands of times.
 */
const watched = [
  { name: 'resident', unit: 'MB', limit: 25, color: '#4269d0' },
  { name: 'heap after collection', unit: 'MB', limit: 4, color: '#efb118' },
  { name: 'sockets', unit: '', limit: 10, color: '#ff725c' },
  { name: 'timers', unit: '', limit: 25, color: '#6cc5b0' },
  { name: 'open files', unit: '', limit: 10, color: '#3ca951' },
] as const;

interface Sample {
  atSeconds: number;
  /** In the order of `watched`. */
  values: number[];
}

const changeEveryMs = 200;
const sampleEveryMs = 5_000;
/** Of the samples, those of the start, when caches and pools fill. */
const startShare = 0.25;

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    picture: { type: 'string', default: join(tmpdir(), 'hikyaku-soak.svg') },
  },
});
const durationMs = Number(options.minutes) * 60_000;
const counts: Counts = { answered: 0, failed: 0, left: 0, tunnels: 0 };
const samples = await soak();
const growths = watched.map((_, index) => growthOf(samples, index));

console.log(
  `${options.minutes} minutes: ${counts.answered} answers, ${counts.failed} failed as the upstreams did, ${counts.left} callers left early, ${counts.tunnels} tunnels\n`,
);
console.log(table());
await writeFile(options.picture, picture());
console.log(`picture: ${options.picture}`);
const grown = watched.filter(({ limit }, index) => !((growths[index] ?? Number.NaN) <= limit));
for (const { name } of grown) console.error(`${name} grows`);
if (grown.length > 0) process.exitCode = 1;

async function soak(): Promise<Sample[]> {
  const folder = await mkdtemp(join(tmpdir(), 'hikyaku-soak-'));
  const file = join(folder, 'probe.jsonl');
  await writeFile(file, '');
  process.env.HIKYAKU_SOAK_FILE = file;
  process.env.NODE_OPTIONS = `--import ${fileURLToPath(new URL('probe.mjs', import.meta.url))}`;
  try {
    await using system = await startSystem();
    const controller = new AbortController();
    let turn = 0;
    const changes = setInterval(() => system.change(++turn), changeEveryMs);
    const clients = runClients(system.port, controller.signal, counts);
    const taken: Sample[] = [];
    const startedAt = performance.now();
    while (performance.now() - startedAt < durationMs) {
      await delay(sampleEveryMs);
      taken.push({ atSeconds: (performance.now() - startedAt) / 1000, values: await look(system.pid, file) });
    }
    clearInterval(changes);
    controller.abort();
    await clients;
    return taken;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function look(pid: number, file: string): Promise<number[]> {
  const seen = (await readFile(file, 'utf8')).length;
  process.kill(pid, 'SIGUSR2');
  let text = '';
  while (!text.endsWith('\n')) {
    await delay(5);
    text = (await readFile(file, 'utf8')).slice(seen);
  }
  const fields = new Map<string, unknown>(Object.entries(JSON.parse(text) as object));
  const resident = processInfo(pid)?.residentBytes ?? Number.NaN;
  const heapBytes = Number(fields.get('heapBytes'));
  return [
    resident / 1e6,
    heapBytes / 1e6,
    Number(fields.get('sockets')),
    Number(fields.get('timers')),
    readdirSync(`/proc/${pid}/fd`).length,
  ];
}

function growthOf(all: readonly Sample[], index: number): number {
  const settled = all.slice(Math.floor(all.length * startShare));
  const slopes = settled.flatMap((a, position) =>
    settled.slice(position + 1).map((b) => ((b.values[index] ?? 0) - (a.values[index] ?? 0)) / (b.atSeconds - a.atSeconds)),
  );
  return median(slopes) * (durationMs / 1000);
}

function table(): string {
  const step = Math.max(1, Math.floor(samples.length / 12));
  const shown = samples.filter((_, index) => index % step === 0 || index === samples.length - 1);
  const rows = shown.map(({ atSeconds, values }) => [`${atSeconds.toFixed(0)} s`, ...values.map((value) => value.toFixed(0))]);
  const growth = ['growth over all', ...growths.map((value) => value.toFixed(1))];
  const limits = ['at most', ...watched.map(({ limit }) => String(limit))];
  const columns = ['after', ...watched.map(({ name, unit }) => (unit === '' ? name : `${name}, ${unit}`))];
  return formatTable({ title: 'What the proxy process holds', columns, rows: [...rows, growth, limits] });
}

function picture(): string {
  const panels = watched.map(({ name, unit, color }, index) => ({
    label: unit === '' ? name : `${name}, ${unit}`,
    series: [{ name, color, points: samples.map(({ atSeconds, values }) => ({ at: atSeconds, value: values[index] ?? 0 })) }],
  }));
  return drawChart({ title: `The proxy process over ${options.minutes} minutes`, panels });
}
