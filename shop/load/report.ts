/** What the load test saw, as a table and as a picture. */
import { binned, drawChart } from '../../bench/chart.ts';
import { percentile } from '../../bench/proxy/statistics.ts';
import { formatTable } from '../../bench/proxy/table.ts';
import type { Note } from './shop-client.ts';

const binSeconds = 1;
const percentiles = [
  { name: 'median', percent: 50, color: '#2b8a3e' },
  { name: '95 %', percent: 95, color: '#e8590c' },
  { name: '99 %', percent: 99, color: '#c92a2a' },
];

/** One row per step; orders are rows of their own, from being placed to their end. */
export function tableOf(notes: readonly Note[], title: string): string {
  const rows = [...Map.groupBy(notes, ({ step }) => step)]
    .sort(([one], [other]) => one.localeCompare(other))
    .map(([step, own]) => {
      const failures = own.flatMap(({ failure }) => failure ?? []);
      const latencies = own.map(({ latencyMs }) => latencyMs);
      return [
        step,
        String(own.length),
        String(failures.length),
        ...percentiles.map(({ percent }) => percentile(latencies, percent).toFixed(0)),
        Math.max(...latencies).toFixed(0),
        [...new Set(failures)].join(', '),
      ];
    });
  return formatTable({ title, columns: ['step', 'count', 'failed', 'p50 ms', 'p95 ms', 'p99 ms', 'max ms', 'failures'], rows });
}

/** `startedAt` in milliseconds of `performance.now()`: where the axis begins. */
export function pictureOf(notes: readonly Note[], startedAt: number, title: string): string {
  const timed = notes.map((note) => ({ ...note, at: (note.startedAt - startedAt) / 1000 }));
  const isOrder = ({ step }: Note) => step.startsWith('order ');
  const requests = timed.filter((note) => !isOrder(note));
  const orders = timed.filter(isOrder);
  const perSecond = (bin: readonly unknown[]) => bin.length / binSeconds;
  const latencies = (of: typeof timed) =>
    percentiles.map(({ name, percent, color }) => ({
      name,
      color,
      points: binned(of, binSeconds, (bin) =>
        bin.length === 0
          ? 0
          : percentile(
              bin.map(({ latencyMs }) => latencyMs),
              percent,
            ),
      ),
    }));
  return drawChart({
    title,
    panels: [
      {
        label: 'per second',
        series: [
          { name: 'requests', color: '#1971c2', points: binned(requests, binSeconds, perSecond) },
          { name: 'orders', color: '#5f3dc4', points: binned(orders, binSeconds, perSecond) },
          {
            name: 'failed',
            color: '#c92a2a',
            points: binned(timed, binSeconds, (bin) => perSecond(bin.filter(({ failure }) => failure !== undefined))),
          },
        ],
      },
      { label: 'request latency, ms', series: latencies(requests) },
      { label: 'until an order ends, ms', series: latencies(orders) },
    ],
  });
}
