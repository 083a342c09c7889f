/** Reads manifests from disk: files as named, folders with all that is in them. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Diagnostic } from './diagnostic.ts';
import type { ManifestFile } from './document.ts';
import { parseManifests, type Manifests, type SetCheck } from './parse.ts';

const extensions = /\.(?:ya?ml|json)$/i;

/**
 * The manifests of all files and folders together. A folder gives its `*.yaml`, `*.yml` and `*.json`, sorted by name, and those of the folders
 * in it; hidden ones and node_modules are passed over. What cannot be read is a diagnostic; this never rejects for a reason in the file system.
 */
export async function loadManifests(paths: readonly string[], checks: readonly SetCheck[] = []): Promise<Manifests> {
  const found = await Promise.all(paths.map(findFiles));
  const unique = [...new Set(found.flatMap(({ files }) => files))];
  const read = await Promise.all(unique.map(readManifest));
  const manifests = parseManifests(
    read.flatMap((result) => ('text' in result ? result : [])),
    checks,
  );
  const problems = [...found.flatMap(({ problems }) => problems), ...read.flatMap((result) => ('text' in result ? [] : result))];
  return { ...manifests, diagnostics: [...problems, ...manifests.diagnostics] };
}

async function findFiles(path: string): Promise<{ files: string[]; problems: Diagnostic[] }> {
  try {
    if (!(await stat(path)).isDirectory()) return { files: [path], problems: [] };
    const files = await filesBelow(path);
    return {
      files,
      problems: files.length === 0 ? [problem(path, 'there are no manifests (*.yaml, *.yml, *.json) in this folder')] : [],
    };
  } catch (error) {
    return { files: [], problems: [problem(path, reasonOf(error))] };
  }
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = (await readdir(folder, { withFileTypes: true })).filter(
    ({ name }) => !name.startsWith('.') && name !== 'node_modules',
  );
  const files: string[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) files.push(...(await filesBelow(path)));
    else if (extensions.test(entry.name)) files.push(path);
  }
  return files;
}

async function readManifest(path: string): Promise<ManifestFile | Diagnostic> {
  try {
    return { path, text: new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path)) };
  } catch (error) {
    return problem(path, reasonOf(error));
  }
}

function problem(file: string, message: string): Diagnostic {
  return { severity: 'error', file, line: 1, column: 1, message, snippet: '', length: 1 };
}

function reasonOf(error: unknown): string {
  if (error instanceof TypeError) return 'is not UTF-8 text';
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'there is no such file or folder';
  if (code === 'EACCES') return 'may not be read (permission denied)';
  return error instanceof Error ? error.message : String(error);
}
