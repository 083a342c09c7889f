/**
 * What a call between two Node services costs by `fetch`: straight to the Pod with no mesh at all, through the mesh in the caller's own process,
 * and through the node's proxy. The same program in three processes that take turns on one core; the Service and the proxy have the other.
 *
 *   npm run bench:zero-hop
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { startEndpoint, startMount, webCluster, webUrl } from '../../packages/mesh/src/testing/mounts.ts';
import { forwardTo, routeFor } from '../../packages/mesh/src/testing/snapshots.ts';
import { cores, pin } from '../proxy/processes.ts';
import { median } from '../proxy/statistics.ts';
import { formatTable, megabytes, ratio } from '../proxy/table.ts';

interface Turn {
  ms: number;
  cpuMs: number;
  residentBytes: number;
}

interface Way {
  name: string;
  url: string;
  child: ChildProcess;
}

const rounds = 7;
const patterns = [
  { name: 'one at a time', count: 1_500, concurrency: 1 },
  { name: '32 at a time', count: 4_000, concurrency: 32 },
];

await using mount = await startMount('in-process');
const body = JSON.stringify({ id: 'p-1', name: '抹茶碗', priceYen: 12_000, stock: 3 });
await using backend = await startEndpoint((_request, response) => {
  response.setHeader('content-type', 'application/json');
  response.end(body);
});
// Ten rules of which the last takes the request, as a system of some size has.
const rules = Array.from({ length: 9 }, (_, index) => routeFor(`/other-${index}`, forwardTo(webCluster)));
await mount.apply({ [webCluster]: [backend] }, [...rules, routeFor('/', forwardTo(webCluster))]);

const start = (env: NodeJS.ProcessEnv) => {
  const child = fork(join(import.meta.dirname, 'caller.mjs'), [], { execArgv: [], env });
  pin(child.pid ?? 0, cores.proxy);
  return child;
};
const withoutMesh = { ...mount.env, HIKYAKU_MESH: undefined };
const ways: Way[] = [
  { name: 'plain fetch to the Pod', url: `http://${backend.address}:${backend.port}/`, child: start(withoutMesh) },
  { name: 'zero hop', url: `${webUrl}/`, child: start(mount.env) },
  { name: "through the node's proxy", url: `${webUrl}/`, child: start(withoutMesh) },
];

for (const pattern of patterns) {
  for (const way of ways) await turn(way, { count: 1_000, concurrency: pattern.concurrency });
  const turns = new Map<string, Turn[]>(ways.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) for (const way of ways) turns.get(way.name)?.push(await turn(way, pattern));
  console.log(tableOf(pattern, turns));
}
for (const { child } of ways) child.kill();

async function turn({ url, child }: Way, { count, concurrency }: { count: number; concurrency: number }): Promise<Turn> {
  child.send({ url, count, concurrency });
  const [result] = (await once(child, 'message')) as [Turn];
  return result;
}

function tableOf({ name, count }: (typeof patterns)[number], turns: Map<string, Turn[]>): string {
  const micros = (ms: number) => `${((ms * 1000) / count).toFixed(1)} µs`;
  const plainMs = median(turns.get('plain fetch to the Pod')?.map(({ ms }) => ms) ?? []);
  const rows = [...turns].map(([way, of]) => {
    const ms = median(of.map((each) => each.ms));
    const cpuMs = median(of.map((each) => each.cpuMs));
    return [way, micros(ms), ratio(ms, plainMs), micros(cpuMs), megabytes(of.at(-1)?.residentBytes ?? 0)];
  });
  const columns = ['way', 'time per call', 'against plain', 'processor time', 'resident'];
  return formatTable({ title: `fetch of small JSON, ${name}, median of ${rounds} rounds of ${count}`, columns, rows });
}
