/**
 * From the text of manifests to resources that may be applied, with every mistake found on the way. All checks of the set are called here, in
 * the order in which a person would want to hear of them.
 */
import { withoutNulls } from '../defaults/with-defaults.ts';
import { notHonoured } from '../honoured/not-honoured.ts';
import type { Resource } from '../model.ts';
import { allKinds, kindOf, type KindInfo } from '../registry.ts';
import { isMapping } from '../validation/against-schema.ts';
import { fieldError, type FieldError } from '../validation/field-error.ts';
import { setFindings, type SetFinding, type SetMember } from '../validation/references.ts';
import { unknownKind } from '../validation/unknown-kind.ts';
import { isResource, validate } from '../validation/validate.ts';
import type { Diagnostic, Place } from './diagnostic.ts';
import { parseFile, type ManifestDocument, type ManifestFile } from './document.ts';

/** A resource as it is written, in namespace `default` when it names none and in the stored version of its kind; other defaults are not filled in. */
export interface SourcedResource {
  resource: Resource;
  source: Place;
}

export interface Manifests {
  /** In dependency order: what is referred to comes first. Apply them only when no diagnostic is an error. */
  resources: SourcedResource[];
  /** In the order of the files. */
  diagnostics: Diagnostic[];
  /** The files read, as given or found. */
  files: string[];
}

/** A resource with the document it came from; `at` is where in the document it begins. */
export interface Located extends SourcedResource {
  kind: KindInfo;
  diagnose: (error: Omit<FieldError, 'path'>, severity: Diagnostic['severity']) => Diagnostic;
}

/** A check of the whole set by somebody who knows more of some kinds. It is asked only when there is no error, so it may trust the types of the kinds. */
export type SetCheck = (set: readonly SetMember[]) => SetFinding[];

/** Never throws: a file that is no YAML at all is a diagnostic like any other. */
export function parseManifests(files: readonly ManifestFile[], checks: readonly SetCheck[] = []): Manifests {
  const diagnostics: Diagnostic[] = [];
  const located: Located[] = [];
  for (const file of files) {
    const parsed = parseFile(file);
    diagnostics.push(...parsed.diagnostics);
    for (const document of parsed.documents) located.push(...readDocument(document, document.value, [], diagnostics));
  }
  diagnostics.push(...setDiagnostics(located, [setFindings]));
  if (!diagnostics.some(({ severity }) => severity === 'error')) diagnostics.push(...setDiagnostics(located, checks));
  const paths = files.map(({ path }) => path);
  return { resources: inDependencyOrder(located), diagnostics: inReadingOrder(diagnostics, paths), files: paths };
}

function inReadingOrder(diagnostics: readonly Diagnostic[], files: readonly string[]): Diagnostic[] {
  const rank = new Map(files.map((file, index) => [file, index]));
  const order = (a: Diagnostic, b: Diagnostic): number =>
    (rank.get(a.file) ?? 0) - (rank.get(b.file) ?? 0) || a.line - b.line || a.column - b.column;
  return [...diagnostics].sort(order);
}

function readDocument(
  document: ManifestDocument,
  value: unknown,
  prefix: (string | number)[],
  diagnostics: Diagnostic[],
): Located[] {
  if (value === undefined || value === null) return [];
  // `List` holds anything; `ConfigMapList` and its like are what `kubectl get -o yaml` of an API answers.
  if (isMapping(value) && typeof value.kind === 'string' && value.kind.endsWith('List') && Array.isArray(value.items)) {
    return value.items.flatMap((item: unknown, index) => readDocument(document, item, [...prefix, 'items', index], diagnostics));
  }
  const about = describe(value);
  const diagnose: Located['diagnose'] = (error, severity) =>
    document.diagnose({ ...error, segments: [...prefix, ...error.segments] }, severity, about);
  const skipped = skipReason(value);
  if (skipped !== undefined) {
    diagnostics.push(diagnose(skipped, 'warning'));
    return [];
  }
  const errors = validate(value);
  diagnostics.push(...errors.map((error) => diagnose(error, 'error')));
  if (!isResource(value)) return [];
  if (errors.length === 0) diagnostics.push(...notHonoured(value).map((finding) => diagnose(finding, 'warning')));
  return locate(value, diagnose);
}

/** A real kind that hikyaku does not run is no mistake: it is named and left out. */
function skipReason(value: unknown): FieldError | undefined {
  if (!isMapping(value) || typeof value.apiVersion !== 'string' || typeof value.kind !== 'string') return undefined;
  if (kindOf(value.apiVersion, value.kind) !== undefined) return undefined;
  const { isMistake, error } = unknownKind(value.apiVersion, value.kind);
  return isMistake ? undefined : { ...error, message: `${error.message}; it is left out` };
}

function locate(value: Resource, diagnose: Located['diagnose']): Located[] {
  const kind = kindOf(value.apiVersion, value.kind);
  if (kind === undefined) return [];
  const { file, line, column } = diagnose(fieldError([], ''), 'error');
  return [{ resource: normalize(value, kind), source: { file, line, column }, kind, diagnose }];
}

function normalize(resource: Resource, kind: KindInfo): Resource {
  const apiVersion = kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
  const namespace = kind.namespaced ? { namespace: resource.metadata.namespace ?? 'default' } : {};
  return { ...withoutNulls(resource), apiVersion, metadata: { ...withoutNulls(resource.metadata), ...namespace } };
}

/** What can be said only of the whole set: names that are taken twice, references that lead nowhere. */
function setDiagnostics(located: readonly Located[], checks: readonly SetCheck[]): Diagnostic[] {
  const set = located.map(({ resource, source }) => ({ resource, where: `${source.file}:${source.line}` }));
  return checks
    .flatMap((check) => check(set))
    .flatMap(({ index, error, severity }) => located[index]?.diagnose(error, severity) ?? []);
}

function inDependencyOrder(located: Located[]): SourcedResource[] {
  const rank = (entry: Located): number =>
    allKinds.findIndex(({ kind, group }) => kind === entry.kind.kind && group === entry.kind.group);
  return [...located].sort((a, b) => rank(a) - rank(b)).map(({ resource, source }) => ({ resource, source }));
}

/** `Deployment user-service`, as far as it can be told. */
function describe(value: unknown): string | undefined {
  if (!isMapping(value) || typeof value.kind !== 'string') return undefined;
  const name = isMapping(value.metadata) ? value.metadata.name : undefined;
  return typeof name === 'string' ? `${value.kind} ${name}` : value.kind;
}
