/** What was recorded, as a picture and as a few lines of text. */
import { drawChart } from '../../bench/chart.ts';
import type { Point } from '../../bench/chart.ts';
import type { Answer } from './open-loop.ts';
import type { Recording } from './run.ts';

const binSeconds = 0.5;
const breakerStates = ['closed', 'half-open', 'open'];

/** 200: answered. 503: refused by the guard at once. Everything else: failed, most of them after waiting. */
const kinds = [
  { name: 'answered', color: '#2b8a3e', includes: ({ status }: Answer) => status === 200 },
  { name: 'refused at once', color: '#1971c2', includes: ({ status }: Answer) => status === 503 },
  { name: 'failed', color: '#c92a2a', includes: ({ status }: Answer) => status !== 200 && status !== 503 },
];

export function pictureOf({ answers, samples, spans }: Recording, title: string): string {
  const states = samples.flatMap(({ at, breaker }) =>
    breaker === undefined ? [] : [{ at, value: breakerStates.indexOf(breaker) }],
  );
  return drawChart({
    title,
    spans,
    panels: [
      {
        label: 'requests per second',
        series: kinds.map(({ name, color, includes }) => ({
          name,
          color,
          points: binned(answers, (bin) => bin.filter(includes).length / binSeconds),
        })),
      },
      {
        label: 'latency, ms',
        series: [
          { name: 'median', color: '#5f3dc4', points: binned(answers, (bin) => quantile(bin, 0.5)) },
          { name: '95th percentile', color: '#e8590c', points: binned(answers, (bin) => quantile(bin, 0.95)) },
        ],
      },
      {
        label: 'requests per second',
        series: [
          {
            name: 'reach the dependency',
            color: '#0b7285',
            points: ratesOf(samples.map(({ at, reached }) => ({ at, value: reached }))),
          },
        ],
      },
      ...(states.length === 0
        ? []
        : [
            {
              label: 'breaker',
              names: breakerStates,
              series: [{ name: 'state', color: '#212529', isStep: true, points: states }],
            },
          ]),
    ],
  });
}

/** One line per phase. */
export function summaryOf({ answers, samples, spans }: Recording): string[] {
  const columns = ['phase', 'requests', ...kinds.map(({ name }) => name), 'median ms', 'p95 ms', 'reached the dependency'];
  const rows = spans.map(({ name, from, to }) => {
    const within = answers.filter(({ at }) => at >= from && at < to);
    const reached = samples.filter(({ at }) => at >= from && at < to).map((sample) => sample.reached);
    return [
      name,
      within.length,
      ...kinds.map(({ includes }) => within.filter(includes).length),
      Math.round(quantile(within, 0.5)),
      Math.round(quantile(within, 0.95)),
      (reached.at(-1) ?? 0) - (reached[0] ?? 0),
    ].map(String);
  });
  const widths = columns.map((column, index) => Math.max(column.length, ...rows.map((row) => row[index]?.length ?? 0)));
  return [columns, ...rows].map((row) => row.map((cell, index) => cell.padStart(widths[index] ?? 0)).join('  '));
}

function binned(answers: readonly Answer[], valueOf: (bin: Answer[]) => number): Point[] {
  const bins = Map.groupBy(answers, ({ at }) => Math.floor(at / binSeconds));
  const last = Math.max(0, ...bins.keys());
  return Array.from({ length: last }, (_, bin) => ({ at: (bin + 0.5) * binSeconds, value: valueOf(bins.get(bin) ?? []) }));
}

function ratesOf(totals: readonly Point[]): Point[] {
  return totals.slice(1).map(({ at, value }, index) => {
    const before = totals[index] ?? { at: 0, value: 0 };
    return { at, value: (value - before.value) / (at - before.at) };
  });
}

/** 0 when there is nothing. */
function quantile(answers: readonly Answer[], share: number): number {
  const sorted = answers.map(({ latencyMs }) => latencyMs).sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
