/** What was recorded, as a picture and as a few lines of text. */
import { binned, drawChart } from '../../bench/chart.ts';
import type { Point } from '../../bench/chart.ts';
import { percentile } from '../../bench/proxy/statistics.ts';
import { formatTable } from '../../bench/proxy/table.ts';
import type { Answer, Recording } from './run.ts';

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
          points: binned(answers, binSeconds, (bin) => bin.filter(includes).length / binSeconds),
        })),
      },
      {
        label: 'latency, ms',
        series: [
          { name: 'median', color: '#5f3dc4', points: binned(answers, binSeconds, (bin) => latency(bin, 50)) },
          { name: '95th percentile', color: '#e8590c', points: binned(answers, binSeconds, (bin) => latency(bin, 95)) },
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

/** One row per phase. */
export function summaryOf({ answers, samples, spans }: Recording, title: string): string {
  const columns = ['phase', 'requests', ...kinds.map(({ name }) => name), 'median ms', 'p95 ms', 'reached the dependency'];
  const rows = spans.map(({ name, from, to }) => {
    const within = answers.filter(({ at }) => at >= from && at < to);
    const reached = samples.filter(({ at }) => at >= from && at < to).map((sample) => sample.reached);
    const counts = kinds.map(({ includes }) => within.filter(includes).length);
    const latencies = [50, 95].map((percent) => Math.round(latency(within, percent)));
    return [name, within.length, ...counts, ...latencies, (reached.at(-1) ?? 0) - (reached[0] ?? 0)].map(String);
  });
  return formatTable({ title, columns, rows });
}

function ratesOf(totals: readonly Point[]): Point[] {
  return totals.slice(1).map(({ at, value }, index) => {
    const before = totals[index] ?? { at: 0, value: 0 };
    return { at, value: (value - before.value) / (at - before.at) };
  });
}

/** 0 when there is nothing. */
function latency(answers: readonly Answer[], percent: number): number {
  return answers.length === 0
    ? 0
    : percentile(
        answers.map(({ latencyMs }) => latencyMs),
        percent,
      );
}
