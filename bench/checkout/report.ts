/** What the benchmark saw: tables against the targets, and a picture over time. */
import type { Note } from '../../shop/load/shop-client.ts';
import { binned, drawChart } from '../chart.ts';
import { percentile } from '../proxy/statistics.ts';
import { formatTable, megabytes } from '../proxy/table.ts';
import type { DatabaseWork, Ending } from './database.ts';
import type { Load, Placed } from './buyers.ts';
import { cpuBetween } from './usage.ts';
import type { Usage } from './usage.ts';

export const targets = { ordersPerSecond: 100, postP99Ms: 250, endMaxMs: 5_000 };

export interface Measured {
  perSecond: number;
  seconds: number;
  /** Milliseconds of `performance.now()` when the first order was due. */
  startedAt: number;
  load: Load;
  endings: Map<string, Ending>;
  usage: { before: Usage; after: Usage };
  work: { before: DatabaseWork; after: DatabaseWork };
  /** Processor time of the benchmark itself, which makes the load. */
  ownSeconds: number;
}

export interface Verdict {
  text: string;
  isMet: boolean;
}

export function speedTable(measured: Measured): Verdict {
  const { perSecond, seconds, load } = measured;
  const answered = load.notes.filter(({ failure }) => failure === undefined).map(({ latencyMs }) => latencyMs);
  const ends = endTimes(measured).map(({ value }) => value);
  const confirmed = load.placed.filter(({ id }) => measured.endings.get(id)?.status === 'confirmed').length;
  const rates = { offered: load.notes.length / seconds, accepted: answered.length / seconds };
  const checks = [
    {
      what: 'orders accepted per second',
      measured: rates.accepted.toFixed(1),
      target: `${perSecond} offered`,
      // One in a thousand may fall over the edge of the time.
      isMet: rates.accepted >= 0.999 * rates.offered && rates.offered >= 0.99 * perSecond,
    },
    timing('POST /api/orders, p50', percentile(answered, 50)),
    timing('POST /api/orders, p99', percentile(answered, 99), targets.postP99Ms),
    timing('due until ended, p50', percentile(ends, 50)),
    timing('due until ended, p99', percentile(ends, 99)),
    timing('due until ended, longest', Math.max(...ends), targets.endMaxMs),
    {
      what: 'confirmed of the accepted',
      measured: `${confirmed} of ${answered.length}`,
      target: 'all',
      isMet: confirmed === answered.length,
    },
    { what: 'failures', measured: failuresOf(load.notes), target: 'none', isMet: answered.length === load.notes.length },
  ];
  const rows = checks.map(({ what, measured: value, target, isMet }) => [what, value, target, isMet ? 'met' : 'SHORT']);
  const title = `Checkout at ${perSecond} orders per second for ${seconds} s`;
  return {
    text: formatTable({ title, columns: ['what', 'measured', 'target', ''], rows }),
    isMet: checks.every(({ isMet }) => isMet),
  };
}

function timing(what: string, valueMs: number, targetMs?: number) {
  const target = targetMs === undefined ? '' : `${targetMs} ms`;
  return { what, measured: `${valueMs.toFixed(0)} ms`, target, isMet: targetMs === undefined || valueMs <= targetMs };
}

function failuresOf(notes: readonly Note[]): string {
  const kinds = Map.groupBy(
    notes.flatMap(({ failure }) => failure ?? []),
    (failure) => failure,
  );
  return kinds.size === 0 ? '0' : [...kinds].map(([kind, all]) => `${all.length} × ${kind}`).join(', ');
}

/** Processor time and memory by workload. Processor time per order moves far less with what else the machine does than any rate. */
export function usageTable({ load, usage, ownSeconds }: Measured): string {
  const orders = load.placed.length;
  const cpu = cpuBetween(usage.before, usage.after);
  const seconds = (usage.after.takenAt - usage.before.takenAt) / 1000;
  const total = [...cpu.values()].reduce((sum, each) => sum + each, 0);
  const memory = [...usage.after.workloads.values()].reduce((sum, each) => sum + each.residentBytes, 0);
  const others = usage.after.machineSeconds - usage.before.machineSeconds - total - ownSeconds;
  const row = (name: string, cpuSeconds: number, resident = '') => [
    name,
    `${cpuSeconds.toFixed(1)} s`,
    `${((cpuSeconds / orders) * 1000).toFixed(2)} ms`,
    `${((cpuSeconds / seconds) * 100).toFixed(0)} %`,
    resident,
  ];
  const rows = [...cpu]
    .sort(([, one], [, other]) => other - one)
    .map(([name, cpuSeconds]) => row(name, cpuSeconds, megabytes(usage.after.workloads.get(name)?.residentBytes ?? 0)));
  return formatTable({
    title: 'Processor time and memory',
    columns: ['process', 'processor time', 'per order', 'of one core', 'memory'],
    rows: [
      ...rows,
      row('the whole system', total, megabytes(memory)),
      row('this benchmark', ownSeconds),
      row('others on the machine', others),
    ],
  });
}

export function databaseTable({ load, work: { before, after } }: Measured): string {
  const perOrder = (value: number) => (value / load.placed.length).toFixed(2);
  const commits = [...after.commits]
    .map(([name, count]) => ({ name, count: count - (before.commits.get(name) ?? 0) }))
    .filter(({ count }) => count / load.placed.length > 0.01);
  return formatTable({
    title: 'PostgreSQL, per order',
    columns: ['what', 'per order'],
    rows: [
      ...commits.map(({ name, count }) => [`commits in ${name}`, perOrder(count)]),
      ['commits in all', perOrder(commits.reduce((sum, { count }) => sum + count, 0))],
      ['log forced to disk', perOrder(after.walSyncs - before.walSyncs)],
      ['log written', `${((after.walBytes - before.walBytes) / load.placed.length / 1000).toFixed(1)} kB`],
      ['whole pages in it', perOrder(after.walPages - before.walPages)],
      ['pages read', perOrder(after.pagesRead - before.pagesRead)],
      ['pages written, not by the checkpointer', perOrder(after.pagesWritten - before.pagesWritten)],
      ['checkpoints in all, not per order', String(after.checkpoints - before.checkpoints)],
    ],
  });
}

export function pictureOf(measured: Measured): string {
  const { load, startedAt, perSecond, seconds } = measured;
  const answers = load.notes.map((note) => ({ ...note, at: (note.startedAt - startedAt) / 1000 }));
  const ends = endTimes(measured);
  const countOf = (bin: readonly unknown[]) => bin.length;
  return drawChart({
    title: `Checkout at ${perSecond} orders per second for ${seconds} s`,
    panels: [
      {
        label: 'per second',
        series: [
          {
            name: 'accepted',
            color: '#1971c2',
            points: binned(answers, 1, (bin) => bin.filter(({ failure }) => !failure).length),
          },
          {
            name: 'ended',
            color: '#5f3dc4',
            points: binned(
              ends.map(({ endedAt }) => ({ at: endedAt })),
              1,
              countOf,
            ),
          },
          { name: 'failed', color: '#c92a2a', points: binned(answers, 1, (bin) => bin.filter(({ failure }) => failure).length) },
        ],
      },
      { label: 'POST /api/orders, ms', series: percentilesOver(answers.map(({ at, latencyMs: value }) => ({ at, value }))) },
      { label: 'due until ended, ms', series: percentilesOver(ends) },
    ],
  });
}

function percentilesOver(values: readonly { at: number; value: number }[]) {
  return [
    { name: 'median', percent: 50, color: '#2b8a3e' },
    { name: '99 %', percent: 99, color: '#c92a2a' },
  ].map(({ name, percent, color }) => ({
    name,
    color,
    points: binned(values, 1, (bin) =>
      bin.length === 0
        ? 0
        : percentile(
            bin.map(({ value }) => value),
            percent,
          ),
    ),
  }));
}

/** `at` and `endedAt` in seconds of the run, `value` in milliseconds. */
function endTimes({ load, endings, startedAt }: Measured): { at: number; endedAt: number; value: number }[] {
  const zero = performance.timeOrigin + startedAt;
  return load.placed.flatMap(({ id, dueAt }: Placed) => {
    const endedAt = endings.get(id)?.endedAt;
    if (endedAt === undefined) return [];
    return [{ at: (dueAt - zero) / 1000, endedAt: (endedAt - zero) / 1000, value: endedAt - dueAt }];
  });
}
