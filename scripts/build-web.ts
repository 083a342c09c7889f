/**
 * Builds the storefront's browser code into `shop/web/dist` when a source is newer than the last build; else does nothing and
 * says nothing. What comes out: `index.html`, and under `assets/` files named by their content, each with a Brotli and a gzip copy.
 */
import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';

const web = join(import.meta.dirname, '..', 'shop', 'web');
const source = join(web, 'src');
const dist = join(web, 'dist');

if (await isStale()) await build();

/** Also when a source was deleted: that changes its folder's time. The lock file stands for the libraries bundled in. */
async function isStale(): Promise<boolean> {
  const builtMs = await modifiedMs(join(dist, 'index.html'));
  const entries = await readdir(source, { recursive: true, withFileTypes: true });
  const inputs = [
    source,
    import.meta.filename,
    join(web, '..', '..', 'package-lock.json'),
    ...entries.map((entry) => join(entry.parentPath, entry.name)),
  ];
  return Math.max(...(await Promise.all(inputs.map(modifiedMs)))) > builtMs;
}

/** 0 for a file that is not there. */
async function modifiedMs(path: string): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}

/** Into a folder of its own first, so that a server that runs meanwhile never sees half a build. */
async function build(): Promise<void> {
  const fresh = join(web, `dist-${process.pid}`);
  const assets = await bundle(fresh);
  const page = await readFile(join(source, 'index.html'), 'utf8');
  await writeFile(join(fresh, 'index.html'), withAssetNames(page, assets));
  await compressAll(fresh);
  const former = join(web, `dist-${process.pid}-former`);
  await rename(dist, former).catch(() => undefined);
  await rename(fresh, dist);
  await rm(former, { recursive: true, force: true });
}

/** The names of the files made, as the page refers to them. */
async function bundle(outdir: string): Promise<string[]> {
  // esbuild is loaded only when there is something to build: the usual start stays fast.
  const { build: esbuild } = await import('esbuild');
  const { metafile } = await esbuild({
    entryPoints: [join(source, 'main.tsx'), join(source, 'styles', 'main.css'), join(source, 'icon.svg')],
    outdir: join(outdir, 'assets'),
    entryNames: '[name]-[hash]',
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2023',
    loader: { '.svg': 'copy' },
    jsx: 'automatic',
    jsxImportSource: 'preact',
    metafile: true,
    logLevel: 'warning',
  });
  return Object.keys(metafile.outputs).map((path) => basename(path));
}

/** Puts `main-ABCD1234.js` where the page says `main.js`. */
function withAssetNames(page: string, assets: string[]): string {
  return page.replace(/\/assets\/(\w+)\.(\w+)/g, (_path, name: string, extension: string) => {
    const asset = assets.find((candidate) => candidate.startsWith(`${name}-`) && candidate.endsWith(`.${extension}`));
    if (asset === undefined) throw new Error(`index.html refers to ${name}.${extension}, which the build did not make`);
    return `/assets/${asset}`;
  });
}

async function compressAll(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  await Promise.all(entries.filter((entry) => entry.isFile()).map((entry) => compress(join(entry.parentPath, entry.name))));
}

async function compress(path: string): Promise<void> {
  const content = await readFile(path);
  await writeFile(`${path}.br`, await promisify(brotliCompress)(content));
  await writeFile(`${path}.gz`, await promisify(gzip)(content, { level: 9 }));
}
