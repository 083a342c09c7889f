/**
 * Ten minutes of everything that can go wrong, and whether the proxy process holds more afterwards: `npm run bench:soak [-- --minutes 10]
 * [--picture soak.svg]`. Keep-alive load, failing upstreams, callers that leave, tunnels, and rules and endpoints that change five times a second.
 *
 * Twice a minute everything pauses, until nothing is under way and every connection has gone: what the process holds then, it holds for nothing. Exit
 * code 1 when that grows, be it by one timer. Growth is a slope through all samples at rest after the start (Theil and Sen's, which a few outliers do
 * not move), times the time.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { drawChart } from '../chart.ts';
import { median } from '../proxy/statistics.ts';
import { formatTable } from '../proxy/table.ts';
import { callers, runClients } from './clients.ts';
import type { Counts } from './clients.ts';
import { Gate } from './gate.ts';
import { startSystem } from './system.ts';
import type { SoakSystem } from './system.ts';
import { look, lookAtRest } from './watch.ts';
import type { Held } from './watch.ts';

/**
 * What is watched, and by how much it may seem to grow over the whole time while at rest. Resident memory comes in steps of the allocator's and may take its first ones
 * late; what is leaked shows in the heap first.
 */
const watched = [
  { name: 'resident', unit: 'MB', limit: 25, color: '#4269d0', of: ({ residentBytes }: Held) => residentBytes / 1e6 },
  { name: 'heap after collection', unit: 'MB', limit: 2, color: '#efb118', of: ({ heapBytes }: Held) => heapBytes / 1e6 },
  { name: 'sockets', unit: '', limit: 0.5, color: '#ff725c', of: ({ sockets }: Held) => sockets },
  { name: 'timers', unit: '', limit: 0.5, color: '#6cc5b0', of: ({ timers }: Held) => timers },
  { name: 'open files', unit: '', limit: 0.5, color: '#3ca951', of: ({ openFiles }: Held) => openFiles },
] as const;

interface Sample {
  atSeconds: number;
  held: Held;
}

const changeEveryMs = 200;
/** Of work between two rests, and between two samples of it for the picture. */
const workMs = 25_000;
const sampleEveryMs = 5_000;
/** Of the samples at rest, those of the start, when caches and pools fill. */
const startShare = 0.25;

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    picture: { type: 'string', default: join(tmpdir(), 'hikyaku-soak.svg') },
  },
});
const durationMs = Number(options.minutes) * 60_000;
const counts: Counts = { answered: 0, failed: 0, left: 0, tunnels: 0 };
const underLoad: Sample[] = [];
const atRest: Sample[] = [];
await soak();
const growths = watched.map(({ of }) => growthOf(atRest, of));

console.log(
  `${options.minutes} minutes: ${counts.answered} answers, ${counts.failed} failed as the upstreams did, ${counts.left} callers left early, ${counts.tunnels} tunnels\n`,
);
console.log(table());
await writeFile(options.picture, picture());
console.log(`picture: ${options.picture}`);
const grown = watched.filter(({ limit }, index) => !((growths[index] ?? Number.NaN) <= limit));
for (const { name } of grown) console.error(`${name} grows`);
if (grown.length > 0) process.exitCode = 1;

async function soak(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'hikyaku-soak-'));
  const file = join(folder, 'probe.jsonl');
  await writeFile(file, '');
  process.env.HIKYAKU_SOAK_FILE = file;
  process.env.NODE_OPTIONS = `--import ${fileURLToPath(new URL('probe.mjs', import.meta.url))}`;
  try {
    await using system = await startSystem();
    const controller = new AbortController();
    const gate = new Gate(callers);
    const clients = runClients({ port: system.port, signal: controller.signal, counts, gate });
    const startedAt = performance.now();
    const since = () => performance.now() - startedAt;
    while (since() < durationMs) {
      await work(system, async () => underLoad.push({ atSeconds: since() / 1000, held: await look(system.pid, file) }));
      await gate.close();
      // The same rules and endpoints each time.
      system.change(0);
      atRest.push({ atSeconds: since() / 1000, held: await lookAtRest(system.pid, file) });
      gate.open();
    }
    controller.abort();
    await clients;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function work(system: SoakSystem, sample: () => Promise<unknown>): Promise<void> {
  let turn = 0;
  const changes = setInterval(() => system.change(++turn), changeEveryMs);
  for (let passedMs = 0; passedMs < workMs; passedMs += sampleEveryMs) {
    await delay(sampleEveryMs);
    await sample();
  }
  clearInterval(changes);
}

function growthOf(all: readonly Sample[], of: (held: Held) => number): number {
  const settled = all.slice(Math.floor(all.length * startShare));
  const slopes = settled.flatMap((a, position) =>
    settled.slice(position + 1).map((b) => (of(b.held) - of(a.held)) / (b.atSeconds - a.atSeconds)),
  );
  return median(slopes) * (durationMs / 1000);
}

function table(): string {
  const step = Math.max(1, Math.floor(atRest.length / 12));
  const shown = atRest.filter((_, index) => index % step === 0 || index === atRest.length - 1);
  const rows = shown.map(({ atSeconds, held }) => [`${atSeconds.toFixed(0)} s`, ...watched.map(({ of }) => of(held).toFixed(0))]);
  const growth = ['growth over all', ...growths.map((value) => value.toFixed(1))];
  const limits = ['at most', ...watched.map(({ limit }) => String(limit))];
  const columns = ['after', ...watched.map(({ name, unit }) => (unit === '' ? name : `${name}, ${unit}`))];
  return formatTable({ title: 'What the proxy process holds at rest', columns, rows: [...rows, growth, limits] });
}

function picture(): string {
  const panels = watched.map(({ name, unit, color, of }) => ({
    label: unit === '' ? name : `${name}, ${unit}`,
    series: [
      { name: 'under load', color: '#9498a0', points: underLoad.map((sample) => pointOf(sample, of)) },
      { name: 'at rest', color, points: atRest.map((sample) => pointOf(sample, of)) },
    ],
  }));
  return drawChart({ title: `The proxy process over ${options.minutes} minutes`, panels });
}

function pointOf({ atSeconds, held }: Sample, of: (held: Held) => number): { at: number; value: number } {
  return { at: atSeconds, value: of(held) };
}
