import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createCompileCache } from './compile-cache.ts';

/** Says whether the process that runs it has the compiler that strips types. */
const PROGRAM = `
import { isLoaded, type Loaded } from './shared.ts';
const loaded: Loaded = isLoaded('amaro');
console.log(loaded ? 'stripped by itself' : 'nothing to strip');
`;
const SHARED = `
export type Loaded = boolean;
export const isLoaded = (name: string): Loaded => process.moduleLoadList.some((each: string) => each.includes(name));
`;

let root: string;
let stateDir: string;
const never = new AbortController().signal;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hikyaku-compile-cache-'));
  stateDir = join(root, 'state');
  await write('package.json', '{"type":"module"}');
  await write('shared.ts', SHARED);
  await write('main.ts', PROGRAM);
});
afterEach(() => rm(root, { recursive: true, force: true }));

const write = (file: string, text: string) => writeFile(join(root, file), text);
/** As one run of the system. */
const fill = (...argv: string[]) => createCompileCache(stateDir).fill({ argv, cwd: root }, never);
const records = () => readdir(join(stateDir, 'cache/linked')).catch(() => []);
const linkedAt = async () => (await stat(join(stateDir, 'cache/linked', (await records())[0] ?? ''))).mtimeMs;

function run(): string {
  const env = { NODE_COMPILE_CACHE: createCompileCache(stateDir).directory };
  return spawnSync(process.execPath, ['main.ts'], { cwd: root, encoding: 'utf8', env }).stdout.trim();
}

it('leaves a program nothing to strip', async () => {
  await fill('node', 'main.ts');
  expect(run()).toBe('nothing to strip');
});

it('finds what a program loads later, too', async () => {
  await write('later.ts', PROGRAM);
  await write('main.ts', "await import('./later.ts');\nif (globalThis.missing) await import('./missing.ts');");
  await fill('node', 'main.ts');
  expect(run()).toBe('nothing to strip');
});

it('runs nothing of the program', async () => {
  await write('ran.ts', "import { writeFileSync } from 'node:fs';\nwriteFileSync('ran', '');");
  await write('main.ts', "import './ran.ts';\nimport { writeFileSync } from 'node:fs';\nwriteFileSync('ran', '');");
  await fill('node', 'main.ts');
  expect(await records()).toHaveLength(1);
  expect(await readdir(root)).not.toContain('ran');
});

it('takes several programs that ask at the same time, also one that cannot be loaded', async () => {
  await write('broken.ts', "import './nowhere.ts';");
  await write('other.ts', PROGRAM);
  const cache = createCompileCache(stateDir);
  await Promise.all(['main.ts', 'broken.ts', 'other.ts'].map((file) => cache.fill({ argv: ['node', file], cwd: root }, never)));
  expect(await records()).toHaveLength(2);
  expect(run()).toBe('nothing to strip');
});

it('looks again in a later run when a file has changed, and only then', async () => {
  await fill('node', 'main.ts');
  const first = await linkedAt();
  await fill('node', 'main.ts');
  expect(await linkedAt()).toBe(first);

  await write('shared.ts', `${SHARED}// and more`);
  const later = new Date(first + 60_000);
  await utimes(join(root, 'shared.ts'), later, later);
  await fill('node', 'main.ts');
  expect(await linkedAt()).toBeGreaterThan(first);
  expect(run()).toBe('nothing to strip');
});

it.each([
  ['is no Node program', ['python3', 'main.ts']],
  ['has no types', ['node', 'main.js']],
  ['is told more by options', ['node', '--test', 'main.ts']],
  ['is no file', ['node']],
])('leaves alone what %s', async (_what, argv) => {
  await fill(...argv);
  expect(await records()).toEqual([]);
});

it('lets nobody wait who is to stop', async () => {
  await createCompileCache(stateDir).fill({ argv: ['node', 'main.ts'], cwd: root }, AbortSignal.abort());
});
