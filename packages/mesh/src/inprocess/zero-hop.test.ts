import { execFile, fork } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Backend } from '../testing/backend.ts';
import { defaultOutlierDetection } from '../testing/policies.ts';
import { bytesCluster, bytesPort, startBytesEndpoint, startEndpoint, startMount, webCluster } from '../testing/mounts.ts';
import type { MountUnderTest } from '../testing/mounts.ts';

let podIp: string;
let mount: MountUnderTest;
let web: Backend;
/** What `web` has seen of its callers. */
let peers: (string | undefined)[] = [];

beforeAll(async () => {
  mount = await startMount('in-process');
  podIp = mount.podIp;
  web = await startEndpoint((request, response) => {
    peers.push(request.socket.remoteAddress);
    response.end(JSON.stringify(request.headers));
  });
  await mount.apply({ [webCluster]: [web] });
}, 30_000);
afterEach(() => {
  peers = [];
});
afterAll(async () => {
  await web[Symbol.asyncDispose]();
  await mount[Symbol.asyncDispose]();
});

/** What a program of the Pod prints, as JSON. It must end by itself. */
async function run(script: string, env: NodeJS.ProcessEnv = {}): Promise<unknown> {
  const file = join(mount.directory, `${crypto.randomUUID()}.mjs`);
  await writeFile(file, script);
  const { stdout } = await promisify(execFile)(process.execPath, [file], { env: { ...mount.env, ...env }, timeout: 15_000 });
  return JSON.parse(stdout);
}

/** Calls until one goes straight to the Pod, and then prints what `print` is. */
const untilDirect = (print: string) => `
const get = async () => { const answer = await fetch('http://web:8080/'); return answer.json(); };
const marker = async () => { const answer = await fetch('http://marker'); return answer.text(); };
while ((await marker()) === 'the proxy') await new Promise((resolve) => setTimeout(resolve, 5));
console.log(JSON.stringify(${print}));
`;

describe('zero hop', () => {
  it.each(['fetch', 'undici'] as const)("by %s the callee sees the caller's own address, and no hop", async (by) => {
    const { text } = await mount.call({ by });
    expect(peers).toEqual([podIp]);
    expect(JSON.parse(text)).not.toHaveProperty('via');
  });

  it('the first call works before the rules are known, and a program ends by itself after its last call', async () => {
    const script = `const answer = await fetch('http://web:8080/'); console.log(JSON.stringify(answer.status)); await answer.text();`;
    expect(await run(script)).toBe(200);
    await run(untilDirect('await get()'));
    expect(peers.at(-1)).toBe(podIp);
  });

  it('without a server of snapshots calls go through the proxy', async () => {
    const env = { HIKYAKU_MESH: (mount.env.HIKYAKU_MESH ?? '').replace('mesh.sock', 'nobody.sock') };
    const script = `const get = async () => (await fetch('http://web:8080/')).status;
const seen = [await get()]; await new Promise((resolve) => setTimeout(resolve, 300)); seen.push(await get());
console.log(JSON.stringify(seen));`;
    expect(await run(script, env)).toEqual([200, 200]);
    expect(peers).not.toContain(podIp);
  });

  it('a mesh that cannot be loaded is a warning, and calls go through the proxy', async () => {
    const env = { HIKYAKU_MESH: JSON.stringify({ module: '/nowhere/mount.cjs', socketPath: '/nowhere/mesh.sock' }) };
    const script = `let warning = ''; process.on('warning', ({ message }) => (warning = message));
await fetch('http://web:8080/'); await new Promise(setImmediate);
console.log(JSON.stringify({ warning, status: (await fetch('http://web:8080/')).status }));`;
    const { warning, status } = (await run(script, env)) as { warning: string; status: number };
    expect(status).toBe(200);
    expect(warning).toContain('calls go through the node');
  });

  it('what a subscriber of undici adds to a request is sent, and it is told how the request ended', async () => {
    const script = `
import { subscribe } from 'node:diagnostics_channel';
const told = [];
subscribe('undici:request:create', ({ request }) => request.addHeader('x-added', request.method + ' ' + request.origin + request.path));
subscribe('undici:request:headers', ({ response }) => told.push(response.statusCode));
subscribe('undici:request:trailers', () => told.push('end'));
${untilDirect('{ added: (await get())["x-added"], told: told.slice(-2) }')}`;
    expect(await run(script)).toEqual({ added: 'GET http://web:8080/', told: [200, 'end'] });
    expect(peers.at(-1)).toBe(podIp);
  });

  it('a dispatcher that the program brings sees every request', async () => {
    const undici = import.meta.resolve('undici');
    const script = `
import { Agent, setGlobalDispatcher } from '${undici}';
let seen = 0;
setGlobalDispatcher(new Agent().compose((dispatch) => (options, handler) => { seen++; return dispatch(options, handler); }));
for (let round = 0; round < 5; round++) { await (await fetch('http://web:8080/')).text(); await new Promise((resolve) => setTimeout(resolve, 30)); }
console.log(JSON.stringify(seen));`;
    expect(await run(script)).toBe(5);
    expect(peers).not.toContain(podIp);
  });

  it('requests to elsewhere, and those undici refuses, are left to undici', async () => {
    const elsewhere = await startEndpoint((_request, response) => response.end('elsewhere'), 1);
    const script = untilDirect(`{
      elsewhere: await (await fetch('http://${elsewhere.address}:${elsewhere.port}/')).text(),
      refused: await fetch('http://web:8080/', { headers: { expect: '100-continue' } }).catch((error) => error.cause.code),
    }`);
    expect(await run(script)).toEqual({ elsewhere: 'elsewhere', refused: 'UND_ERR_NOT_SUPPORTED' });
    await elsewhere[Symbol.asyncDispose]();
  });

  it('a worker thread carries its own calls too', async () => {
    const worker = join(mount.directory, 'worker.mjs');
    await writeFile(worker, untilDirect('await get()'));
    await run(`import { Worker } from 'node:worker_threads'; new Worker('${worker}');`);
    expect(peers.at(-1)).toBe(podIp);
  });

  it('what a process sees of a Service is told with what the proxy sees', async () => {
    await using bad = await startEndpoint((_request, response) => response.writeHead(500).end(), 1);
    const endpoints = [bad].map(({ address, port }) => ({ address, port }));
    const outlierDetection = { ...defaultOutlierDetection, consecutive5xxErrors: 1 };
    await mount.apply({ [webCluster]: { service: 'web.default', endpoints, outlierDetection } });
    expect([(await mount.call({})).status, (await mount.call({})).status]).toEqual([500, 503]);
    const seen = () => mount.report();
    await expect.poll(seen, { timeout: 10_000 }).toMatchObject({
      counters: { upstream_cx_none_healthy: 1, outlier_detection_ejections_enforced_total: 1 },
      gauges: { membership_total: 1, outlier_detection_ejections_active: 1 },
      closed: [{ endpoint: `${bad.address}:${bad.port}`, reason: 'ejected', ejection: { times: 1 } }],
    });
    await mount.apply({ [webCluster]: [web] });
    await expect.poll(seen, { timeout: 10_000 }).toMatchObject({ gauges: { outlier_detection_ejections_active: 0 }, closed: [] });
  });

  describe('of a connection that carries bytes', () => {
    let store: Awaited<ReturnType<typeof startBytesEndpoint>>;
    beforeAll(async () => {
      store = await startBytesEndpoint('store', 2);
    });
    afterAll(async () => {
      await store[Symbol.asyncDispose]();
      await mount.apply({ [webCluster]: [web] });
    });
    /** Connects until it goes straight to the Pod, and then does what `then` says with `socket`. */
    const untilStraight = (then: string) => `
import { connect } from 'node:net';
for (;;) {
  const socket = connect(${bytesPort}, 'web');
  const peer = await new Promise((resolve) => socket.once('connect', () => resolve(socket.remoteAddress)));
  if (peer === '${store.address}') { ${then}; break; }
  socket.destroy();
  await new Promise((resolve) => setTimeout(resolve, 5));
}`;

    it('the callee sees the caller, also where a program does nothing but connect, which then ends by itself', async () => {
      await mount.apply({ [webCluster]: [web], [bytesCluster]: [store] });
      expect(await run(untilStraight('console.log(JSON.stringify(socket.localAddress)); socket.destroy()'))).toBe(podIp);
    });

    it('with a choice of endpoints, or limits, it goes through the proxy', async () => {
      const other = await startBytesEndpoint('other', 3);
      await mount.apply({ [webCluster]: [web], [bytesCluster]: [store, other] });
      expect((await mount.connect('')).text).not.toContain(podIp);
      await other[Symbol.asyncDispose]();
      const { address, port } = store;
      const connectionPool = { maxConnections: 5 };
      await mount.apply({
        [webCluster]: [web],
        [bytesCluster]: { service: 'web.default', endpoints: [{ address, port }], connectionPool },
      });
      expect((await mount.connect('')).text).not.toContain(podIp);
      await mount.apply({ [webCluster]: [web], [bytesCluster]: [store] });
      expect((await mount.connect('')).text).toBe(`store ${podIp} `);
    });

    it('what a killed process had open is counted as closed', async () => {
      const { address, port } = store;
      const [counted, killed] = ['killed.default:5432', { cluster: 'killed.default:5432', weight: 1 }];
      await mount.apply({ [webCluster]: [web], [bytesCluster]: [store], [counted]: [{ address, port }] }, undefined, {
        tcpRoutes: { [bytesCluster]: [{ name: 'killed', matches: [], destinations: [killed] }] },
      });
      const script = untilStraight('setInterval(() => undefined, 1000); socket.write("still here"); process.send("open")');
      const file = join(mount.directory, 'held.mjs');
      await writeFile(file, script);
      const child = fork(file, [], { env: mount.env, execArgv: [] });
      await vi.waitUntil(() => mount.countedConnections(counted).receivedBytes >= 10, { timeout: 10_000 });
      const { opened, closed } = mount.countedConnections(counted);
      expect(opened - closed).toBe(1);
      child.kill('SIGKILL');
      await vi.waitUntil(() => mount.countedConnections(counted).closed === opened, { timeout: 10_000 });
    });
  });

  it('goes on with what it has when the server of snapshots is gone', async () => {
    mount.loseFeed();
    const answers = await mount.calls(5, {});
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(new Set(peers)).toEqual(new Set([podIp]));
  });
});
