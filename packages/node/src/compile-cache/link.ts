/**
 * A program of its own: `node link.ts RECORDS`, with NODE_COMPILE_CACHE set. Reads entry files from its input, a path in each line, and answers each with the same
 * line once all modules that it imports are loaded, stripped of their types, compiled and kept in the cache. None of them is run: modules are linked before the
 * first of them is evaluated, and the first one here throws.
 */
import { readFile } from 'node:fs/promises';
import module from 'node:module';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { isStripped, writeRecord } from './record.ts';

const LINKED = 'everything is linked, and nothing is to be run';
/** `import('./adapter.ts')`: what a program loads later, when it needs it. */
const IMPORT_CALL = /\bimport\(\s*(['"])(\.{1,2}\/[^'"]+)\1\s*\)/g;

const [records = ''] = process.argv.slice(2);
/** Of all entries so far: what two of them share is resolved once. A set may grow while it is walked. */
const loaded = new Set<string>();
const searched = new Set<string>();

module.registerHooks({
  resolve(specifier, context, next) {
    const resolution = next(specifier, context);
    loaded.add(resolution.url);
    return resolution;
  },
});

for await (const entry of createInterface({ input: process.stdin })) {
  if (await link(pathToFileURL(entry).href)) {
    await linkImportCalls();
    module.flushCompileCache();
    await writeRecord(records, entry, loaded);
  }
  process.stdout.write(`${entry}\n`);
}

/** False when one of the modules cannot be found or read. */
async function link(url: string): Promise<boolean> {
  const throws = moduleOf(`throw new Error(${JSON.stringify(LINKED)})`);
  try {
    await import(moduleOf(`import ${JSON.stringify(throws)}; import ${JSON.stringify(url)};`));
  } catch (error) {
    return error instanceof Error && error.message === LINKED;
  }
  return false;
}

async function linkImportCalls(): Promise<void> {
  for (const url of loaded) {
    if (!isStripped(url) || searched.has(url)) continue;
    searched.add(url);
    const source = await readFile(new URL(url), 'utf8');
    const called = [...source.matchAll(IMPORT_CALL)].map(([, , specifier = '']) => new URL(specifier, url).href);
    // One that cannot be loaded may be one that the program does not need.
    for (const each of called.filter(isStripped)) await link(each);
  }
}

function moduleOf(source: string): string {
  return `data:text/javascript,${encodeURIComponent(source)}`;
}
