/**
 * Which files were linked for an entry: a text file with a path in each line, whose own time tells whether the compile cache still knows their present text.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** Whether the types of this module (a URL) are stripped before it is run. */
export function isStripped(url: string): boolean {
  return /^file:.*\.[cm]?ts$/.test(url);
}

/** Writes down, of the modules that were loaded (URLs), those whose types are stripped: to find one of the others changed costs a program little. */
export async function writeRecord(records: string, entry: string, loaded: Iterable<string>): Promise<void> {
  const files = [...loaded].filter(isStripped).map((url) => fileURLToPath(url));
  await mkdir(records, { recursive: true, mode: 0o700 });
  await writeFile(recordOf(records, entry), files.join('\n'), { mode: 0o600 });
}

/** Whether the entry was linked by this version of Node, and none of its files has changed or gone since. */
export async function isLinked(records: string, entry: string): Promise<boolean> {
  const record = recordOf(records, entry);
  try {
    const [text, { mtimeMs: linkedAt }] = await Promise.all([readFile(record, 'utf8'), stat(record)]);
    const files = await Promise.all(text.split('\n').map((file) => stat(file)));
    return files.every(({ mtimeMs }) => mtimeMs < linkedAt);
  } catch {
    return false;
  }
}

/** The compile cache knows one version of Node from another, and so must this. */
function recordOf(records: string, entry: string): string {
  return join(records, createHash('sha256').update(`${process.version}\n${entry}`).digest('hex').slice(0, 32));
}
