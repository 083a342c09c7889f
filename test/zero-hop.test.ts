/** Calls between Node services as a user sees them: straight from Pod to Pod, by the same rules. */
import { Pods, VirtualServices } from '@hikyaku/resources';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually, startSystem } from './support/system.ts';
import type { System } from './support/system.ts';
import { createWorkspace, gateway, webWorkload } from './support/workspace.ts';
import type { TemporaryWorkspace } from './support/workspace.ts';

/** Says who it is and who has called. */
const callee = `import { createServer } from 'node:http';
createServer((request, response) => {
  const { host, via, traceparent } = request.headers;
  response.end(JSON.stringify({ me: process.env.HOSTNAME, peer: request.socket.remoteAddress, host, via, traceparent }));
}).listen(8080);
`;
/** Passes on what \`web\` says, however often it is asked to. */
const caller = `import { createServer } from 'node:http';
createServer(async (request, response) => {
  if (request.url === '/') return response.end('ready');
  const { searchParams } = new URL(request.url, 'http://caller');
  const answers = [];
  for (let count = Number(searchParams.get('times') ?? 1); count > 0; count--) {
    const answer = await fetch('http://web:8080/');
    answers.push({ status: answer.status, ...(await answer.json()) });
  }
  response.end(JSON.stringify(answers));
}).listen(8080);
`;
const manifest = (name: string) => JSON.stringify({ name, type: 'module', scripts: { start: 'node main.js' } });
const rules = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: web }
spec:
  hosts: [web]
  http:
    - route:
        - { destination: { host: web }, weight: 100 }
        - { destination: { host: next }, weight: 0 }
`;
const withoutZeroHop = (workload: string) =>
  workload.replace(
    /metadata: \{ labels: (.+) \}\n/,
    `metadata: { labels: $1, annotations: { hikyaku.dev/zero-hop: 'false' } }\n`,
  );

interface Seen {
  status: number;
  me: string;
  peer: string;
  host: string;
  via?: string;
  traceparent: string;
}

let workspace: TemporaryWorkspace;
let system: System;

beforeAll(async () => {
  workspace = await createWorkspace({
    'services/web/package.json': manifest('web'),
    'services/web/main.js': callee,
    'services/next/package.json': manifest('next'),
    'services/next/main.js': callee,
    'services/caller/package.json': manifest('caller'),
    'services/caller/main.js': caller,
    'deploy/web.yaml': webWorkload('web', { replicas: 2 }),
    'deploy/next.yaml': webWorkload('next'),
    'deploy/caller.yaml': webWorkload('caller'),
    'deploy/hopper.yaml': withoutZeroHop(webWorkload('hopper', { image: 'caller' })),
    'deploy/rules.yaml': rules,
    'deploy/gateway.yaml': gateway({ '/caller': 'caller', '/hopper': 'hopper' }),
  });
  system = await startSystem({ cwd: workspace.root, paths: ['deploy'], args: ['--no-watch'] });
  await system.printed(/ready in/);
});

afterAll(async () => {
  await system.purge();
  await workspace.remove();
});

async function through(path: string): Promise<Seen[]> {
  const response = await fetch(system.url + path);
  expect(response.status).toBe(200);
  return (await response.json()) as Seen[];
}

async function podIp(app: string): Promise<string> {
  const { items } = await (await system.client()).list(Pods);
  return items.find(({ metadata }) => metadata.labels?.app === app)?.status?.podIP ?? 'none';
}

it('a call goes straight from Pod to Pod, to all replicas in turn', async () => {
  const address = await podIp('caller');
  // The first calls of a process, before it knows the rules, go through the node's proxy.
  await eventually('caller calls directly', async () =>
    (await through('/caller/call'))[0]?.peer === address ? true : undefined,
  );
  const seen = await through('/caller/call?times=10');
  expect(new Set(seen.map(({ peer }) => peer))).toEqual(new Set([address]));
  expect(new Set(seen.map(({ me }) => me)).size).toBe(2);
  for (const { via, host, traceparent } of seen) {
    expect({ via, host }).toEqual({ via: undefined, host: 'web:8080' });
    expect(traceparent).toMatch(/^00-/);
  }
});

it('with the annotation on the Pod its calls go through the proxy', async () => {
  const [seen] = [await through('/hopper/call?times=5')];
  expect(seen.map(({ peer }) => peer)).not.toContain(await podIp('hopper'));
});

it('a change of weights holds for the next calls', async () => {
  const client = await system.client();
  const current = await client.get(VirtualServices, 'default', 'web');
  if (current === undefined) throw new Error('there is no VirtualService web');
  const route = [{ destination: { host: 'next' }, weight: 100 }];
  await client.update(VirtualServices, { ...current, spec: { ...current.spec, http: [{ route }] } });
  const next = await eventually('calls arrive at next', async () => {
    const [seen] = await through('/caller/call');
    return seen?.me.startsWith('next') === true ? seen : undefined;
  });
  expect(next.peer).toBe(await podIp('caller'));
});
