/** Start, stop, start again: nothing is left behind but the data, and the data is all there. */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { processTree } from '../packages/cli/src/processes.ts';
import { query } from './support/shop.ts';
import { hikyaku, startSystem } from './support/system.ts';
import type { System } from './support/system.ts';
import { createWorkspace } from './support/workspace.ts';
import type { TemporaryWorkspace } from './support/workspace.ts';

let workspace: TemporaryWorkspace | undefined;
let system: System | undefined;

afterEach(async () => {
  await system?.purge();
  await workspace?.remove();
  [system, workspace] = [undefined, undefined];
});

/** Counts its own starts in a volume, and answers with the count. */
const counter = `import { createServer } from 'node:http';
import { readFileSync, writeFileSync } from 'node:fs';
const file = process.env.DATA + '/starts';
const starts = 1 + Number((() => { try { return readFileSync(file, 'utf8'); } catch { return 0; } })());
writeFileSync(file, String(starts));
const server = createServer((request, response) => response.end(String(starts))).listen(8080);
process.on('SIGTERM', () => server.close(() => process.exit(0)));
`;

const manifests = `apiVersion: apps/v1
kind: StatefulSet
metadata: { name: counter }
spec:
  serviceName: counter
  selector: { matchLabels: { app: counter } }
  template:
    metadata: { labels: { app: counter } }
    spec:
      containers:
        - name: counter
          image: counter
          env: [{ name: DATA, value: /data }]
          ports: [{ containerPort: 8080 }]
          readinessProbe: { tcpSocket: { port: 8080 } }
          volumeMounts: [{ name: data, mountPath: /data }]
  volumeClaimTemplates:
    - metadata: { name: data }
      spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Mi } } }
---
apiVersion: v1
kind: Service
metadata: { name: counter }
spec: { selector: { app: counter }, ports: [{ port: 8080 }] }
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: public }
spec: { selector: { istio: ingressgateway }, servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: ['*'] }] }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: public }
spec: { hosts: ['*'], gateways: [public], http: [{ route: [{ destination: { host: counter, port: { number: 8080 } } }] }] }
`;

const counterFiles = {
  'services/counter/package.json': JSON.stringify({ name: 'counter', type: 'module', scripts: { start: 'node main.js' } }),
  'services/counter/main.js': counter,
  'deploy/counter.yaml': manifests,
};

async function startCounter(): Promise<System> {
  workspace = await createWorkspace(counterFiles);
  system = await startSystem({ cwd: workspace.root, paths: ['deploy'] });
  await system.printed(/ready in/);
  return system;
}

const count = async ({ url }: System): Promise<string> => (await fetch(url)).text();

it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s leaves no process, no port and no lock, and keeps the data',
  async (signal) => {
    let current = await startCounter();
    expect(await count(current)).toBe('1');
    const processes = processTree(current.process.pid ?? 0).map(({ pid }) => pid);
    expect(processes.length).toBeGreaterThan(2);

    expect(await current.end(signal)).toBe(0);
    expect(processes.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
    expect(existsSync(join(current.stateDir, 'lock'))).toBe(false);
    await canListen(current.gatewayPort);
    await canListen(current.apiPort);

    current = system = await current.restart();
    await current.printed(/ready in/);
    expect(await count(current)).toBe('2');
  },
);

it('ends at once when it is stopped while it starts', async () => {
  workspace = await createWorkspace(counterFiles);
  system = await startSystem({ cwd: workspace.root, paths: ['deploy'] });
  await system.printed(/hikyaku .* resources/);
  expect(await system.end('SIGINT')).toBe(0);
  expect(system.output()).toContain('stopped');
  expect(existsSync(join(system.stateDir, 'lock'))).toBe(false);
});

it('ends when it is stopped although its proxy never starts (#2)', async () => {
  const noProxy = "if (process.argv[1]?.endsWith('/proxy/main.ts')) { console.log('no proxy'); process.exit(1); }";
  workspace = await createWorkspace({ ...counterFiles, 'no-proxy.cjs': noProxy });
  const NODE_OPTIONS = `--require ${join(workspace.root, 'no-proxy.cjs')}`;
  system = await startSystem({ cwd: workspace.root, paths: ['deploy'], env: { NODE_OPTIONS } });
  await system.printed(/no proxy/);
  expect(await system.end('SIGINT')).toBe(0);
  expect(existsSync(join(system.stateDir, 'lock'))).toBe(false);
});

it('starts again after kill -9, with the same data', async () => {
  let current = await startCounter();
  await current.end('SIGKILL');
  current = system = await current.restart();
  await current.printed(/ready in/);
  expect(await count(current)).toBe('2');
});

it('ends from another terminal with `hikyaku down`, and forgets with --purge', async () => {
  const current = await startCounter();
  const { code, output } = await hikyaku(['down', '--state-dir', current.stateDir, '--purge']);
  expect([code, output]).toEqual([0, expect.stringContaining('stopped')]);
  expect(await current.end('SIGKILL')).toBe(0);
  expect(existsSync(current.stateDir)).toBe(false);
});

it('gives a volume the databases that it lacks: those of services that came with an update (#2)', async () => {
  const files = ['00-namespace', '10-postgres', '24-card-network'].map((name) => `shop/deploy/${name}.yaml`);
  let current = (system = await startSystem({ paths: files }));
  await current.printed(/ready in/);
  await query(current, 'postgres', 'DROP DATABASE card_network WITH (FORCE)');
  await query(current, 'postgres', 'DROP ROLE card_network');
  expect(await current.end('SIGTERM')).toBe(0);

  current = system = await current.restart();
  await current.printed(/ready in/);
  const opened = "SELECT has_database_privilege('cart_service', 'card_network', 'CONNECT') AS by_others";
  expect(await query(current, 'card_network', opened)).toEqual([{ by_others: false }]);
});

async function canListen(port: number): Promise<void> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  server.close();
}
