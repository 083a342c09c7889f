/** What thousands of rules cost: in requests per second, and in the time until a changed one is in force. */
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from './exchange.ts';
import { atRate, saturate } from './load.ts';
import { manyPrefixes, startMeshProxy } from './mesh.ts';
import type { Mesh } from './mesh.ts';
import { startBackend } from './peers.ts';
import { interleave } from './rounds.ts';
import type { Extent } from './side-by-side.ts';
import { percentile } from './statistics.ts';
import { milliseconds, rate, ratio } from './table.ts';
import type { Table } from './table.ts';

export async function routeCount({ rounds, seconds }: Extent): Promise<Table> {
  await using backend = await startBackend();
  await using few = await startMeshProxy(backend.port);
  await using many = await startMeshProxy(backend.port, manyPrefixes(5000));
  const contenders = [
    { name: '10 routes', port: few.port, pid: few.pid },
    { name: '5,000 routes', port: many.port, pid: many.pid },
  ];
  for (const { port } of contenders) await saturate(port, 1);
  const results = await interleave(contenders, rounds, ({ port }) => saturate(port, seconds));
  const reference = results[0]?.requestsPerSecond;
  const rows = results.map(({ name, requestsPerSecond, failures }) => [
    name,
    rate(requestsPerSecond),
    ratio(requestsPerSecond, reference),
    String(failures),
  ]);
  return { title: '5,000 routes against 10', columns: ['hikyaku', 'rate', 'to 10 routes', 'failures'], rows };
}

/** Enough for a 99th percentile that is not the slowest alone. */
const changes = 200;
const pauseMs = 60;
const loadPerSecond = 1000;
const givenUpMs = 10_000;

/** From handing the changed VirtualService to the client until a request that only the new rules know was answered. */
export async function applyToRouted(): Promise<Table> {
  await using backend = await startBackend();
  const prefixes = manyPrefixes(3000);
  await using mesh = await startMeshProxy(backend.port, prefixes);
  const connection = new Connection(mesh.port);
  const load = atRate(mesh.port, (changes * (pauseMs + 30)) / 1000, loadPerSecond);
  const elapsedMs: number[] = [];
  for (let change = 0; change < changes; change += 1) {
    await delay(pauseMs);
    elapsedMs.push(await applied(mesh, connection, `/fresh/${change}`, prefixes));
  }
  connection.close();
  const { failures } = await load;
  const title = `Apply to first request routed: 3,000 routes, under ${loadPerSecond} requests/s`;
  const row = [
    'hikyaku',
    milliseconds(percentile(elapsedMs, 50)),
    milliseconds(percentile(elapsedMs, 99)),
    milliseconds(Math.max(...elapsedMs)),
    String(changes),
    String(failures),
  ];
  return { title, columns: ['', 'p50', 'p99', 'slowest', 'changes', 'failed requests of the load'], rows: [row] };
}

async function applied(mesh: Mesh, connection: Connection, prefix: string, others: string[]): Promise<number> {
  const startedAt = performance.now();
  mesh.route([prefix, ...others.slice(1)]);
  while ((await connection.get(`${prefix}/1`)).status !== 200) {
    if (performance.now() - startedAt > givenUpMs) throw new Error(`${prefix} is not routed after ${givenUpMs} ms`);
  }
  return performance.now() - startedAt;
}
