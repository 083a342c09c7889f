import { execFile } from 'node:child_process';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';

const PRELOAD = fileURLToPath(new URL('./index.cjs', import.meta.url));
const POD_IP = '127.17.33.7';
let directory = '';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hikyaku-preload-'));
  await mkdir(join(directory, 'volume'));
  await writeFile(join(directory, 'volume/colour'), 'indigo');
  await writeFile(
    join(directory, 'hosts'),
    `${POD_IP} shop shop.test.svc.cluster.local\n127.17.33.99 many\n${POD_IP} many\n- asleep\n127.17.33.1 *.example.com\n127.17.33.2 *.eu.example.com\n${POD_IP} api.example.com\n`,
  );
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** What an ES module that ends in `print(value)` prints when it runs in a Pod. */
async function run(script: string, env: Record<string, string> = {}): Promise<unknown> {
  const file = join(directory, `${crypto.randomUUID()}.mjs`);
  await writeFile(
    file,
    `import http from 'node:http'; import net from 'node:net'; const print = (value) => console.log(JSON.stringify(value));\n${script}`,
  );
  const { stdout } = await promisify(execFile)(process.execPath, [file], {
    env: {
      NODE_OPTIONS: `--require ${PRELOAD}`,
      HOSTNAME: 'shop-1',
      HIKYAKU_POD_IP: POD_IP,
      HIKYAKU_HOSTS: join(directory, 'hosts'),
      HIKYAKU_MOUNTS: JSON.stringify([['/etc/app', join(directory, 'volume')]]),
      ...env,
    },
  });
  return JSON.parse(stdout);
}

const withServer = (body: string) => `
const server = http.createServer((q, r) => r.end(q.socket.remoteAddress));
server.listen(0, async () => {
  const { port } = server.address();
  try { ${body} } finally { server.close(); server.closeAllConnections(); }
});`;

it.each([
  ['listen(port)', '0'],
  ['listen({ port })', '{ port: 0 }'],
  ['listen(port, wildcard)', "0, '0.0.0.0'"],
  ['listen(port, IPv6 wildcard)', "0, '::'"],
  ['listen(port, localhost)', "0, 'localhost'"],
  ['listen(port, host, backlog)', "'0', '127.0.0.1', 5"],
  ['listen()', ''],
])("%s binds the Pod's address", async (_, args) => {
  expect(
    await run(
      `const s = net.createServer(); s.listen(${args}); s.once('listening', () => { print(s.address().address); s.close(); });`,
    ),
  ).toBe(POD_IP);
});

it('leaves other addresses and Unix sockets alone', async () => {
  expect(
    await run(`const s = net.createServer(); s.listen(0, '127.17.33.8', () => { print(s.address().address); s.close(); });`),
  ).toBe('127.17.33.8');
  const socket = join(directory, 'socket');
  const body = `const s = net.createServer((c) => c.end('hi')).listen('${socket}', () => net.connect('${socket}').once('data', (d) => { print(String(d)); s.close(); }));`;
  expect(await run(body)).toBe('hi');
});

it.each([
  ['fetch', 'print(await (await fetch(`http://shop:${port}/`)).text())'],
  ['fetch to localhost', 'print(await (await fetch(`http://localhost:${port}/`)).text())'],
  [
    'http.get',
    'await new Promise((done) => http.get(`http://shop.test.svc.cluster.local:${port}/`, (r) => r.on("data", (d) => print(String(d))).on("end", done)))',
  ],
  [
    'a kept-alive agent',
    'const agent = new http.Agent({ keepAlive: true }); await new Promise((done) => http.get({ host: "shop", port, agent }, (r) => r.on("data", (d) => print(String(d))).on("end", () => { agent.destroy(); done(); })))',
  ],
])("%s reaches a Service by name from the Pod's address", async (_, body) => {
  expect(await run(withServer(body))).toBe(POD_IP);
});

it('tries the next address of a name when one refuses', async () => {
  const once = '(await fetch(`http://many:${port}/`, { headers: { connection: "close" } })).status';
  expect(await run(withServer(`print([${[once, once, once, once].join()}])`))).toEqual([200, 200, 200, 200]);
});

it('answers dns.lookup in every form, and knows which names have no address now', async () => {
  const script = `
    import dns, { lookup } from 'node:dns';
    import { lookup as promised } from 'node:dns/promises';
    import { promisify } from 'node:util';
    print([
      await promised('shop'), await promised('shop.', { all: true }), await promisify(lookup)('shop', 4), (await dns.promises.lookup('localhost')).address,
      (await promised('shop-1')).address, await promised('asleep').catch((e) => e.code), await fetch('http://asleep/').catch((e) => e.cause.code),
    ]);`;
  const address = { address: POD_IP, family: 4 };
  expect(await run(script)).toEqual([address, [address], address, POD_IP, POD_IP, 'ENOTFOUND', 'ENOTFOUND']);
});

it('sees names that appear later', async () => {
  const script = `
    import fs from 'node:fs';
    import { lookup } from 'node:dns/promises';
    const before = await lookup('late.test').catch((e) => e.code);
    fs.writeFileSync('${join(directory, 'late')}', '${POD_IP} late.test');
    print([before, (await lookup('late.test')).address]);`;
  await writeFile(join(directory, 'late'), '- late.test\n');
  expect(await run(script, { HIKYAKU_HOSTS: join(directory, 'late') })).toEqual(['ENOTFOUND', POD_IP]);
});

it('reads and writes files under mount paths in the volume, in every style', async () => {
  const script = `
    import fs, { readFileSync } from 'node:fs';
    import { readFile, writeFile, readdir } from 'node:fs/promises';
    import { text } from 'node:stream/consumers';
    import { pathToFileURL } from 'node:url';
    await writeFile('/etc/app/new', 'x');
    print([
      readFileSync('/etc/app/colour', 'utf8'), await readFile('/etc/app/colour', 'utf8'), await readFile(pathToFileURL('/etc/app/colour'), 'utf8'),
      await text(fs.createReadStream('/etc/app/../app/colour')), fs.existsSync('/etc/app/nothing'), (await readdir('/etc/app')).sort(), fs.existsSync('/etc/application'),
      fs.realpathSync('/etc/app').endsWith('/volume'), await new Promise((done) => fs.exists('/etc/app/colour', done)),
    ]);`;
  expect(await run(script)).toEqual(['indigo', 'indigo', 'indigo', 'indigo', false, ['colour', 'new'], false, true, true]);
});

it('holds for worker threads and children too', async () => {
  const script = `
    import { Worker } from 'node:worker_threads';
    import { execFileSync } from 'node:child_process';
    const look = "require('node:dns').lookup('shop', (e, a) => OUT(a))";
    const child = String(execFileSync(process.execPath, ['-e', look.replace('OUT', 'console.log')])).trim();
    new Worker(look.replace('OUT', "require('node:worker_threads').parentPort.postMessage"), { eval: true }).once('message', (worker) => print([child, worker]));`;
  expect(await run(script)).toEqual([POD_IP, POD_IP]);
});

it("gives the Pod's name as the host's", async () => {
  expect(await run(`import { hostname } from 'node:os'; print(hostname());`)).toBe('shop-1');
});

it('does nothing outside a Pod', async () => {
  expect(
    await run(`const s = net.createServer(); s.listen(0, '127.0.0.1', () => { print(s.address().address); s.close(); });`, {
      HIKYAKU_POD_IP: '',
    }),
  ).toBe('127.0.0.1');
});

it.each([
  ['api.example.com', POD_IP],
  ['rates.example.com', '127.17.33.1'],
  ['a.b.example.com', '127.17.33.1'],
  ['rates.eu.example.com', '127.17.33.2'],
])('a wildcard leads every name under it somewhere, the exact name and the longest wildcard first: %s', async (name, address) => {
  const script = `import { lookup } from 'node:dns'; lookup('${name}', (error, found) => print(error ?? found));`;
  expect(await run(script)).toBe(address);
});
