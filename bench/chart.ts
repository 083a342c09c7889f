/**
 * Pictures of what happened over time: panels below each other on one time axis, as an SVG file that any browser shows. Drawn by
 * Observable Plot, which wants a DOM; domino is one without a browser.
 */
import { createRequire } from 'node:module';
import * as Plot from '@observablehq/plot';

export interface Chart {
  title: string;
  panels: Panel[];
  /** Shaded spans of time with their names on top, such as phases of an experiment. */
  spans?: Span[];
}

export interface Panel {
  /** With the unit: `requests per second`. */
  label: string;
  series: Series[];
  /** Fixed end of the axis; absent: what the values need. */
  max?: number;
  /** Names for whole numbers on the axis, from 0: `['closed', 'half-open', 'open']`. */
  names?: string[];
}

export interface Series {
  name: string;
  /** Any CSS colour. */
  color: string;
  points: Point[];
  /** A value holds until the next one. */
  isStep?: boolean;
}

export interface Point {
  /** Seconds from the start. */
  at: number;
  value: number;
}

export interface Span {
  name: string;
  from: number;
  to: number;
}

/** One point per bin of time, at its middle; the last bin is left out, it is rarely whole. */
export function binned<T extends { at: number }>(
  items: readonly T[],
  binSeconds: number,
  valueOf: (bin: readonly T[]) => number,
): Point[] {
  const bins = Map.groupBy(items, ({ at }) => Math.floor(at / binSeconds));
  const last = Math.max(0, ...bins.keys());
  return Array.from({ length: last }, (_, bin) => ({ at: (bin + 0.5) * binSeconds, value: valueOf(bins.get(bin) ?? []) }));
}

const width = 900;
const titleHeight = 40;
const panelHeight = 190;
const margins = { marginLeft: 80, marginRight: 150, marginTop: 30, marginBottom: 30 };

export function drawChart({ title, panels, spans = [] }: Chart): string {
  const height = titleHeight + panels.length * panelHeight;
  const drawn = panels.map((panel, index) => {
    const svg = drawPanel(panel, spans, index === panels.length - 1);
    return svg.replace('<svg', `<svg y="${titleHeight + index * panelHeight}"`);
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" color="#1b1b1b">
<rect width="100%" height="100%" fill="white"/><text x="${margins.marginLeft}" y="26" font-size="16" font-weight="600">${escaped(title)}</text>
${drawn.join('\n')}
</svg>
`;
}

function drawPanel({ label, series, max, names }: Panel, spans: readonly Span[], isLast: boolean): string {
  const ends = [...series.flatMap(({ points }) => points.map(({ at }) => at)), ...spans.map(({ to }) => to)];
  const top = max ?? names?.length ?? undefined;
  const drawn: unknown = Plot.plot({
    document: emptyDocument(),
    width,
    height: panelHeight,
    ...margins,
    x: { domain: [0, Math.max(1, ...ends)], label: isLast ? 'seconds' : null },
    y: {
      label,
      grid: true,
      ...(top !== undefined && { domain: [0, names === undefined ? top : top - 1] }),
      ...(names !== undefined && { ticks: names.map((_, index) => index), tickFormat: (value: number) => names[value] ?? '' }),
    },
    marks: [
      Plot.rectX(spans, {
        x1: 'from',
        x2: 'to',
        fill: '#888',
        fillOpacity: (_: Span, index: number) => (index % 2 === 0 ? 0.04 : 0.12),
      }),
      Plot.text(spans, { x: ({ from, to }: Span) => (from + to) / 2, text: 'name', frameAnchor: 'top', dy: -14, fill: '#666' }),
      ...series.map(({ points, color, isStep }) =>
        Plot.lineY(points, {
          x: 'at',
          y: 'value',
          stroke: color,
          strokeWidth: 1.8,
          curve: isStep === true ? 'step-after' : 'linear',
        }),
      ),
      ...series.map(({ name, color }, index) =>
        Plot.text([name], {
          frameAnchor: 'right',
          textAnchor: 'start',
          dx: 12,
          dy: index * 16 - 40,
          text: (text: string) => text,
          fill: color,
        }),
      ),
    ],
  });
  if (!hasMarkup(drawn)) throw new TypeError('the plot is no element');
  return drawn.outerHTML;
}

/** domino has no type declarations that TypeScript takes for a module. */
const domino: unknown = createRequire(import.meta.url)('@mixmark-io/domino');

function emptyDocument(): unknown {
  const isDomino = (value: unknown): value is { createDocument: (html: string) => unknown } =>
    typeof value === 'object' && value !== null && 'createDocument' in value && typeof value.createDocument === 'function';
  if (!isDomino(domino)) throw new TypeError('domino has another shape than expected');
  return domino.createDocument('<body></body>');
}

function hasMarkup(value: unknown): value is { outerHTML: string } {
  return typeof value === 'object' && value !== null && 'outerHTML' in value && typeof value.outerHTML === 'string';
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
