/** What the proxy process holds: while a large body passes, and with thousands of rules and idle connections. */
import { get } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { processInfo } from '../../packages/cli/src/processes.ts';
import { requestPath } from './configurations.ts';
import { Connection } from './exchange.ts';
import { saturate } from './load.ts';
import { manyPrefixes, startMeshProxy } from './mesh.ts';
import { bigBodyBytes, peers, startBackend } from './peers.ts';
import type { Program } from './processes.ts';
import { median } from './statistics.ts';
import { megabytes, ratio } from './table.ts';
import type { Table } from './table.ts';

interface Passage {
  bytesPerSecond: number;
  /** Above what the process held before. */
  grownBytes: number;
}

const sampleMs = 20;

export async function largeBody(rounds: number): Promise<Table> {
  await using backend = await startBackend();
  await using mesh = await startMeshProxy(backend.port);
  const nginx = peers.find(({ name, missing }) => name === 'nginx' && missing === undefined);
  const program = await nginx?.start(backend.port);
  const columns = ['1 GiB body', 'carried', 'to nginx', 'memory while it passes'];
  try {
    const [ours, theirs] = await passages([mesh, ...(program === undefined ? [] : [program])], rounds);
    if (ours === undefined) throw new Error('nothing was carried');
    const row = (name: string, { bytesPerSecond, grownBytes }: Passage) => [
      name,
      `${megabytes(bytesPerSecond)}/s`,
      ratio(bytesPerSecond, theirs?.bytesPerSecond),
      `+${megabytes(grownBytes)}`,
    ];
    const rows = [row('hikyaku', ours), theirs === undefined ? ['nginx', 'not installed'] : row('nginx', theirs)];
    return { title: 'Large bodies', columns, rows };
  } finally {
    await program?.[Symbol.asyncDispose]();
  }
}

/** Interleaved: one after the other in each round. */
async function passages(programs: Program[], rounds: number): Promise<Passage[]> {
  const measured = programs.map((): Passage[] => []);
  for (const { port } of programs) await saturate(port, 1);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, program] of programs.entries()) measured[index]?.push(await pass(program));
  }
  return measured.map((passages) => ({
    bytesPerSecond: median(passages.map(({ bytesPerSecond }) => bytesPerSecond)),
    grownBytes: Math.max(...passages.map(({ grownBytes }) => grownBytes)),
  }));
}

async function pass({ pid, port }: Program): Promise<Passage> {
  const before = residentBytes(pid);
  let highest = before;
  const sampler = setInterval(() => (highest = Math.max(highest, residentBytes(pid))), sampleMs);
  const startedAt = performance.now();
  const received = await download(port);
  clearInterval(sampler);
  if (received !== bigBodyBytes) throw new Error(`${received} of ${bigBodyBytes} bytes arrived`);
  return { bytesPerSecond: (received / (performance.now() - startedAt)) * 1000, grownBytes: highest - before };
}

async function download(port: number): Promise<number> {
  let bytes = 0;
  const sink = new Writable({
    write(data: Buffer, _encoding, done) {
      bytes += data.length;
      done();
    },
  });
  const { promise, resolve, reject } = Promise.withResolvers<NodeJS.ReadableStream>();
  get({ port, host: '127.0.0.1', path: '/big', agent: false }, resolve).on('error', reject);
  await pipeline(await promise, sink);
  return bytes;
}

const idleConnections = 1000;
const settleMs = 2_000;

export async function footprint(): Promise<Table> {
  await using backend = await startBackend();
  await using mesh = await startMeshProxy(backend.port, manyPrefixes(5000));
  await delay(settleMs);
  const rows = [['after the start', megabytes(residentBytes(mesh.pid))]];
  const connections = Array.from({ length: idleConnections }, () => new Connection(mesh.port));
  await Promise.all(connections.map((connection) => connection.get(requestPath)));
  await delay(settleMs);
  rows.push([`with ${idleConnections} idle connections that have asked once`, megabytes(residentBytes(mesh.pid))]);
  await saturate(mesh.port, 3);
  await delay(settleMs);
  rows.push(['and after three seconds of full load on others', megabytes(residentBytes(mesh.pid))]);
  for (const connection of connections) connection.close();
  return { title: 'Memory with 5,000 routes', columns: ['hikyaku', 'resident'], rows };
}

function residentBytes(pid: number): number {
  return processInfo(pid)?.residentBytes ?? Number.NaN;
}
