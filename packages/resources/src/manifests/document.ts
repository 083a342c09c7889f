/**
 * One YAML or JSON document as a value, with the way back from a path in the value to the place in the text.
 *
 * Booleans and octal numbers are read as Kubernetes reads them (YAML 1.1: `yes` is true, `0644` is octal); times and base-60 numbers, which
 * Kubernetes leaves alone, stay text.
 */
import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  type Document,
  type Node,
  type Pair,
  type ParsedNode,
} from 'yaml';
import type { FieldError, FieldPath } from '../validation/field-error.ts';
import type { Diagnostic } from './diagnostic.ts';

export interface ManifestFile {
  /** As it is to be shown to people. */
  path: string;
  text: string;
}

export interface ManifestDocument {
  /** Plain data; undefined for a document that holds nothing or could not be read. */
  value: unknown;
  /** Says that something about the field is wrong, at the place of the field. `segments` may lead beyond what is there. */
  diagnose(error: Omit<FieldError, 'path'>, severity: Diagnostic['severity'], about?: string): Diagnostic;
}

export interface ParsedFile {
  documents: ManifestDocument[];
  /** Mistakes in the YAML itself. */
  diagnostics: Diagnostic[];
}

/** Never throws: whatever the text, what cannot be read is a diagnostic. */
export function parseFile(file: ManifestFile): ParsedFile {
  const source = new Source(file);
  try {
    const documents = parseAllDocuments(file.text, {
      lineCounter: source.lines,
      version: '1.1',
      customTags: kubernetesTags,
      stringKeys: false,
      logLevel: 'silent',
    });
    return collect(Array.from(documents), source);
  } catch (error) {
    // The parser recurses: nesting of some thousand levels exhausts the stack.
    return { documents: [], diagnostics: [source.at('error', unreadable(error), 0)] };
  }
}

function collect(documents: Document.Parsed[], source: Source): ParsedFile {
  const parsed: ParsedFile = { documents: [], diagnostics: [] };
  for (const document of documents) {
    const problems = [...document.errors, ...document.warnings];
    parsed.diagnostics.push(
      ...problems.map(({ name, message, pos: [start, end] }) =>
        source.at(name === 'YAMLWarning' ? 'warning' : 'error', firstSentence(message), start, end),
      ),
    );
    if (document.errors.length > 0) continue;
    try {
      const value: unknown = document.toJS({ maxAliasCount: 1000 });
      // An anchor may contain an alias to itself; nothing after this point expects a value without an end.
      JSON.stringify(value);
      parsed.documents.push(new YamlDocument(document, value, source));
    } catch (error) {
      parsed.diagnostics.push(source.at('error', unreadable(error), document.range[0]));
    }
  }
  return parsed;
}

function unreadable(error: unknown): string {
  if (error instanceof RangeError) return 'is nested too deeply';
  if (error instanceof TypeError) return 'has an anchor that contains itself';
  return `cannot be read as YAML: ${error instanceof Error ? error.message : String(error)}`;
}

/** The yaml package appends its own line, column and excerpt. */
function firstSentence(message: string): string {
  return message.replace(/ at line \d+, column \d+:[^]*$/, '');
}

type Tags = Parameters<
  NonNullable<Extract<NonNullable<Parameters<typeof parseAllDocuments>[1]>['customTags'], (...args: never[]) => unknown>>
>[0];

function kubernetesTags(tags: Tags): Tags {
  return tags.filter(
    (tag) =>
      typeof tag === 'string' ||
      (!('format' in tag && tag.format === 'TIME') && !/:(?:timestamp|binary|omap|pairs|set)$/.test(tag.tag)),
  );
}

class YamlDocument implements ManifestDocument {
  readonly value: unknown;
  readonly #document: Document.Parsed;
  readonly #source: Source;

  constructor(document: Document.Parsed, value: unknown, source: Source) {
    this.#document = document;
    this.value = value ?? undefined;
    this.#source = source;
  }

  diagnose(
    { code, segments, message, suggestion }: Omit<FieldError, 'path'>,
    severity: Diagnostic['severity'],
    about?: string,
  ): Diagnostic {
    const [start, end] = this.#rangeOf(segments, code === 'unknown');
    const diagnostic = this.#source.at(severity, about === undefined ? message : `${about}: ${message}`, start, end);
    return suggestion === undefined ? diagnostic : { ...diagnostic, suggestion };
  }

  /** Of the scalar the path leads to, or of the name of the member that holds anything bigger; of the nearest holder when it leads nowhere. */
  #rangeOf(segments: FieldPath, wantsName: boolean): [number, number] {
    let node: Node | null | undefined = this.#document.contents;
    let range = rangeOf(firstName(node)) ?? rangeOf(node) ?? [0, 0];
    for (const segment of segments) {
      const step = stepInto(this.#resolved(node), segment);
      if (step === undefined) return range;
      range = rangeOf(step.name) ?? rangeOf(firstName(step.node)) ?? rangeOf(step.node) ?? range;
      node = step.node;
    }
    return isScalar(node) && !wantsName ? (rangeOf(node) ?? range) : range;
  }

  #resolved(node: Node | null | undefined): Node | null | undefined {
    return isAlias(node) ? node.resolve(this.#document) : node;
  }
}

function stepInto(node: Node | null | undefined, segment: string | number): { name?: Node; node: Node | null } | undefined {
  if (isSeq<ParsedNode>(node) && typeof segment === 'number') {
    const item = node.items[segment];
    return item === undefined ? undefined : { node: item };
  }
  if (!isMap<ParsedNode, ParsedNode | null>(node)) return undefined;
  const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(segment));
  return pair && { name: pair.key, node: pair.value };
}

/** A mapping as a whole is shown by the name of its first member. */
function firstName(node: Node | null | undefined): Node | undefined {
  const [first]: unknown[] = isMap(node) ? node.items : [];
  return isPair(first) ? (first as Pair<Node>).key : undefined;
}

function rangeOf(node: Node | null | undefined): [number, number] | undefined {
  return node?.range ? [node.range[0], node.range[1]] : undefined;
}

/** A file's text with its lines. */
class Source {
  readonly lines = new LineCounter();
  readonly #file: ManifestFile;

  constructor(file: ManifestFile) {
    this.#file = file;
  }

  at(severity: Diagnostic['severity'], message: string, start: number, end = start): Diagnostic {
    // What is missing at the end of a file is missing after its last character: there is a line to show there.
    const { line, col } = this.lines.linePos(Math.min(start, this.#file.text.trimEnd().length));
    const lineStart = this.lines.lineStarts[line - 1] ?? 0;
    const snippet = (this.#file.text.slice(lineStart).split(/\r?\n/, 1)[0] ?? '').trimEnd();
    const length = Math.max(1, Math.min(end - start, snippet.length - (col - 1)));
    return { severity, file: this.#file.path, line: Math.max(1, line), column: Math.max(1, col), message, snippet, length };
  }
}
