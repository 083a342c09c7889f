/** What an experiment found, and how it is printed: a Markdown table, so that it can be kept as it is. */

export interface Table {
  title: string;
  /** The first one names the rows. */
  columns: string[];
  rows: string[][];
}

export function formatTable({ title, columns, rows }: Table): string {
  const widths = columns.map((column, index) => Math.max(column.length, ...rows.map((row) => row[index]?.length ?? 0)));
  const line = (cells: string[]) => `| ${widths.map((width, index) => pad(cells[index] ?? '', width, index)).join(' | ')} |`;
  const rule = widths.map((width, index) => (index === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [`### ${title}`, '', line(columns), line(rule), ...rows.map(line), ''].join('\n');
}

export function rate(requestsPerSecond: number): string {
  return `${Math.round(requestsPerSecond).toLocaleString('en')}/s`;
}

export function milliseconds(value: number): string {
  return `${value.toFixed(2)} ms`;
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

/** `0.82 ×`, or a dash where there is nothing to compare with. */
export function ratio(value: number, reference: number | undefined): string {
  return reference === undefined ? '–' : `${(value / reference).toFixed(2)} ×`;
}

function pad(text: string, width: number, column: number): string {
  return column === 0 ? text.padEnd(width) : text.padStart(width);
}
