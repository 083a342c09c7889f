/** What is wrong, or worth knowing, about a place in a manifest, and how it is shown to people. */

/** A place in a file. Lines and columns count from 1. */
export interface Place {
  file: string;
  line: number;
  column: number;
}

export interface Diagnostic extends Place {
  /** An error keeps the whole set from being applied; a warning never does. */
  severity: 'error' | 'warning';
  message: string;
  /** What was probably meant: `did you mean replicas?` */
  suggestion?: string;
  /** The offending line as it stands in the file; empty when the file could not be read at all. */
  snippet: string;
  /** How many characters from `column` on the message is about; at least 1. */
  length: number;
}

export interface FormatOptions {
  colors: boolean;
}

/**
 * All diagnostics, errors first, each with its line and a mark under the place:
 *
 *     shop/deploy/20-user-service.yaml:31:3: error: Deployment user-service: unknown field spec.replcias; did you mean replicas?
 *       31 │   replcias: 2
 *          │   ^^^^^^^^
 */
export function formatDiagnostics(diagnostics: readonly Diagnostic[], { colors }: FormatOptions): string {
  const ordered = [...diagnostics.filter(isError), ...diagnostics.filter((diagnostic) => !isError(diagnostic))];
  return ordered.map((diagnostic) => formatDiagnostic(diagnostic, colors ? painted : plain)).join('\n');
}

function isError({ severity }: Diagnostic): boolean {
  return severity === 'error';
}

interface Palette {
  severity: (severity: Diagnostic['severity'], text: string) => string;
  place: (text: string) => string;
  dim: (text: string) => string;
}

const plain: Palette = { severity: (_, text) => text, place: (text) => text, dim: (text) => text };
const painted: Palette = {
  severity: (severity, text) => `\u001b[${severity === 'error' ? 31 : 33}m${text}\u001b[39m`,
  place: (text) => `\u001b[1m${text}\u001b[22m`,
  dim: (text) => `\u001b[2m${text}\u001b[22m`,
};

function formatDiagnostic(diagnostic: Diagnostic, paint: Palette): string {
  const { severity, file, line, column, message, suggestion } = diagnostic;
  const place = diagnostic.snippet === '' ? file : `${file}:${line}:${column}`;
  const head = `${paint.place(printable(place))}: ${paint.severity(severity, severity)}: ${printable(message)}${suggestion === undefined ? '' : `; ${printable(suggestion)}`}`;
  return [head, ...snippetLines(diagnostic, paint)].join('\n');
}

const snippetWidth = 120;

function snippetLines({ severity, line, column, snippet, length }: Diagnostic, paint: Palette): string[] {
  if (snippet === '') return [];
  const gutter = String(line).length + 2;
  // A long line (JSON on one line) is shown from a little before the place on.
  const start = column > snippetWidth - 20 ? column - 20 : 0;
  const text = snippet.slice(start, start + snippetWidth);
  const mark = '^'.repeat(Math.max(1, Math.min(length, text.length - (column - 1 - start))));
  const indent = text.slice(0, column - 1 - start).replace(/[^\t]/g, ' ');
  return [
    paint.dim(`${String(line).padStart(gutter)} │ `) + printable(text),
    paint.dim(`${' '.repeat(gutter)} │ `) + indent + paint.severity(severity, mark),
  ];
}

/** Control characters of a manifest must not reach the terminal. */
function printable(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '·');
}
