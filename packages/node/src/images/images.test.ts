import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createImages } from './images.ts';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hikyaku-images-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function write(path: string, content: unknown): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), typeof content === 'string' ? content : JSON.stringify(content));
}
const resolve = (image: string) => createImages(root).resolve(image);

it.each(['order-service', 'ghcr.io/acme/order-service:1.2', 'localhost:5000/order-service@sha256:abc'])(
  'finds %s among the workspaces by the name alone, and runs Node directly',
  async (image) => {
    await write('package.json', { workspaces: ['services/*'] });
    await write('services/orders/package.json', {
      name: '@acme/order-service',
      scripts: { start: 'node --enable-source-maps src/main.ts' },
    });
    expect(await resolve(image)).toMatchObject({
      kind: 'workspace',
      entrypoint: ['node', '--enable-source-maps', 'src/main.ts'],
      cwd: join(root, 'services/orders'),
      sources: [join(root, 'services/orders')],
      stopSignal: 'SIGTERM',
    });
  },
);

it('finds a folder by its own name where no workspaces are declared', async () => {
  await write('apps/web/cart/package.json', { main: 'index.js' });
  expect(await resolve('cart')).toMatchObject({ entrypoint: ['node', 'index.js'] });
});

it.each([
  'COLOUR=red node main.js',
  'COLOUR="red" node "main.js"',
  'cd . && COLOUR=red node main.js',
  'cd .; export COLOUR=red && node main.js',
  "COLOUR='red' && export COLOUR; node main.js",
])(
  'runs a start script that is more than Node by a shell, in whose place the program is where that can be seen: %s (#2)',
  async (start) => {
    await write('cart/package.json', { scripts: { start } });
    await write('cart/main.js', 'console.log(process.env.COLOUR, process.ppid)');
    const image = await resolve('cart');
    if (image.kind === 'unresolved') throw new Error(image.tried.join());
    const [command = '', ...args] = image.entrypoint;
    const { stdout, stderr } = spawnSync(command, args, { cwd: image.cwd, encoding: 'utf8' });
    const parent = start.includes("'") ? '\\d+' : process.pid;
    expect(stdout + stderr).toMatch(new RegExp(`^red ${parent}$`, 'm'));
  },
);

it('builds a folder with a prestart script before it starts, and knows what it makes from its sources', async () => {
  await write('web/package.json', { scripts: { prestart: 'node build.js && echo built', start: 'node main.js' } });
  for (const file of ['web/src/page.ts', 'web/dist/page.js', 'web/dist-1/page.js', 'web/build.js']) await write(file, '');
  const inFolder = (...names: string[]) => names.map((name) => join(root, 'web', name));
  expect(await resolve('web')).toMatchObject({
    build: ['/bin/sh', '-c', 'node build.js && echo built'],
    sources: inFolder('build.js', 'package.json', 'src'),
  });
});

it('lets hikyaku.yaml decide first', async () => {
  await write('cart/package.json', { main: 'index.js' });
  await write('workers/main.py', '');
  await write(
    'hikyaku.yaml',
    'images:\n  "acme/cart*": { dir: workers, command: [python3, main.py] }\n  acme/db: { native: postgres }\n',
  );
  expect(await resolve('acme/cart-worker:2')).toMatchObject({
    kind: 'command',
    entrypoint: ['python3', 'main.py'],
    cwd: join(root, 'workers'),
  });
  expect(await resolve('acme/db')).toMatchObject({ kind: 'native', stopSignal: 'SIGINT' });
});

it('knows the native servers', async () => {
  expect(await resolve('docker.io/library/postgres:18-alpine')).toMatchObject({ kind: 'native' });
});

it('says what it looked for and where', async () => {
  const image = await resolve('ghcr.io/acme/unheard:1');
  expect(image).toMatchObject({ kind: 'unresolved' });
  const tried = image.kind === 'unresolved' ? image.tried.join('\n') : '';
  expect(tried).toMatch(/hikyaku\.yaml/);
  expect(tried).toMatch(/no folder or package named "unheard"/);
  expect(tried).toMatch(/postgres/);
});

it.each([
  ['images: []\n', /"images" must map/],
  ['images: { cart: { directory: x } }\n', /unknown field "directory"; known are dir, command and native/],
  ['images: { cart: { dir: nowhere } }\n', /which does not exist/],
  ['images: { cart: { command: [1] } }\n', /command must be a list of strings/],
])('explains a mistake in hikyaku.yaml: %j', async (text, expected) => {
  await write('hikyaku.yaml', text);
  const image = await resolve('cart');
  expect(image.kind === 'unresolved' ? image.tried.join() : '').toMatch(expected);
});
