/**
 * Makes one CommonJS file of `inprocess/mount.ts` and all it imports: forty files of TypeScript would cost every service process more
 * time and memory than its calls. Built where there is none for the sources as they are now; a build takes a tenth of a second.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'esbuild';

const sources = fileURLToPath(new URL('..', import.meta.url));
const lockFile = fileURLToPath(new URL('../../../../package-lock.json', import.meta.url));

/** The path of the file, in `directory`. Rejects when it is not there and cannot be built. */
export async function mountBundle(directory: string): Promise<string> {
  const name = `mesh-mount-${await sourceVersion()}.cjs`;
  const file = join(directory, name);
  if (await stat(file).catch(() => undefined)) return file;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const fresh = join(directory, `${process.pid}-${name}`);
  await build(fresh);
  const outdated = (await readdir(directory)).filter((entry) => /^mesh-mount-\w+\.cjs$/.test(entry));
  await rename(fresh, file);
  // A system that runs has its processes load the file it was started with, and nobody else uses this directory.
  await Promise.all(outdated.filter((entry) => entry !== name).map((entry) => rm(join(directory, entry), { force: true })));
  return file;
}

/** Changes with every change of a source; the lock file stands for the libraries bundled in. */
async function sourceVersion(): Promise<string> {
  const entries = await readdir(sources, { recursive: true });
  const files = entries.filter((entry) => entry.endsWith('.ts') && !entry.endsWith('.test.ts')).sort();
  const times = await Promise.all(
    [...files.map((entry) => join(sources, entry)), lockFile].map(async (file) => {
      const found = await stat(file).catch(() => undefined);
      return `${file} ${found?.mtimeMs ?? 0} ${found?.size ?? 0}`;
    }),
  );
  return createHash('sha256').update(times.join('\n')).digest('hex').slice(0, 16);
}

async function build(outfile: string): Promise<void> {
  // Loaded only when there is something to build: the usual start stays fast.
  const esbuild = await import('esbuild');
  try {
    await esbuild.build({
      entryPoints: [join(sources, 'inprocess/mount.ts')],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: 'node20',
      minifySyntax: true,
      minifyWhitespace: true,
      logLevel: 'silent',
      plugins: [lazyExpressions],
    });
  } finally {
    // The process it works in would stay for as long as this one, and a moment longer.
    await esbuild.stop();
  }
}

/** Most systems route without a regular expression, and the library is most of the file: it is run when the first one is compiled. */
const lazyExpressions: Plugin = {
  name: 'lazy-expressions',
  setup(build) {
    build.onResolve({ filter: /^re2js$/, namespace: 'file' }, () => ({ path: 're2js', namespace: 'lazy' }));
    build.onLoad({ filter: /^re2js$/, namespace: 'lazy' }, () => ({
      contents: `export const RE2JS = { compile: (expression) => require('re2js').RE2JS.compile(expression) };`,
      resolveDir: sources,
    }));
  },
};
