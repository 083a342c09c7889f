/**
 * Where our proxy spends its time under full load: `npm run bench:proxy:profile`. Prints the functions that the processor was found in most often;
 * the time of what they call is not theirs.
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { frameName, selfTimes } from '../cpu-profile.ts';
import type { Profile } from '../cpu-profile.ts';
import { saturate } from './load.ts';
import { startMeshProxy } from './mesh.ts';
import { startBackend } from './peers.ts';

const seconds = 5;
const shown = 25;

const folder = mkdtempSync(join(tmpdir(), 'hikyaku-profile-'));
try {
  await record();
  const file = readdirSync(folder).find((name) => name.endsWith('.cpuprofile'));
  if (file === undefined) throw new Error('the proxy left no profile');
  print(timesByName(JSON.parse(readFileSync(join(folder, file), 'utf8')) as Profile));
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

function timesByName(profile: Profile): Map<string, number> {
  const times = new Map<string, number>();
  for (const [frame, timeMs] of selfTimes(profile)) times.set(frameName(frame), (times.get(frameName(frame)) ?? 0) + timeMs);
  return times;
}

function print(times: Map<string, number>): void {
  const total = [...times.values()].reduce((sum, time) => sum + time, 0);
  const highest = [...times].sort(([, a], [, b]) => b - a).slice(0, shown);
  for (const [name, time] of highest) console.log(`${((time / total) * 100).toFixed(1).padStart(5)} %  ${name}`);
}
