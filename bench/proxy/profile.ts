/**
 * Where our proxy spends its time under full load: `npm run bench:proxy:profile`. Prints the functions that the processor was found in most often;
 * the time of what they call is not theirs.
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import process from 'node:process';
import { saturate } from './load.ts';
import { startMeshProxy } from './mesh.ts';
import { startBackend } from './peers.ts';

/** V8's, as far as it is read here. Both lists of samples have the same length. */
interface Profile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[];
  samples: number[];
  timeDeltas: number[];
}

const seconds = 5;
const shown = 25;

const folder = mkdtempSync(join(tmpdir(), 'hikyaku-profile-'));
try {
  await record();
  const file = readdirSync(folder).find((name) => name.endsWith('.cpuprofile'));
  if (file === undefined) throw new Error('the proxy left no profile');
  print(selfTimes(JSON.parse(readFileSync(join(folder, file), 'utf8')) as Profile));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function record(): Promise<void> {
  await using backend = await startBackend();
  process.env.NODE_OPTIONS = `--cpu-prof --cpu-prof-dir=${folder}`;
  await using mesh = await startMeshProxy(backend.port);
  delete process.env.NODE_OPTIONS;
  const { requestsPerSecond } = await saturate(mesh.port, seconds);
  console.log(`${Math.round(requestsPerSecond)} requests/s while profiled\n`);
}

function selfTimes({ nodes, samples, timeDeltas }: Profile): Map<string, number> {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, frameName(callFrame)]));
  const times = new Map<string, number>();
  for (const [index, id] of samples.entries()) {
    const name = names.get(id) ?? 'unknown';
    times.set(name, (times.get(name) ?? 0) + (timeDeltas[index] ?? 0));
  }
  times.delete('(idle)');
  return times;
}

function frameName({ functionName, url, lineNumber }: Profile['nodes'][number]['callFrame']): string {
  const name = functionName === '' ? 'anonymous' : functionName;
  return url === '' ? name : `${name} (${basename(url)}:${lineNumber + 1})`;
}

function print(times: Map<string, number>): void {
  const total = [...times.values()].reduce((sum, time) => sum + time, 0);
  const highest = [...times].sort(([, a], [, b]) => b - a).slice(0, shown);
  for (const [name, time] of highest) console.log(`${((time / total) * 100).toFixed(1).padStart(5)} %  ${name}`);
}
